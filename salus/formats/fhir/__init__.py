"""FHIR R4 (4.0.1) as a format: its JSON, its search parameters, its references. No database, no HTTP."""
