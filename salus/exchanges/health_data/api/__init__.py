"""The health-data exchange under `/v1`: every page's action is here as well."""
