"""The FHIR R4 door's protocol: how requests are read and answered. What is behind it belongs to modules."""
