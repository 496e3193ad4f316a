"""Reading what was done, and proving that nobody changed it since."""
