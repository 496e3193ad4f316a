"""The pages of the health-data exchange."""
