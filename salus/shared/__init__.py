"""What every exchange needs, built once."""
