"""What programs ask: the protocol's own doors, and those of the API by which programs are managed."""
