"""What may be asked for, by whom, and how tokens are written and read. Pure."""
