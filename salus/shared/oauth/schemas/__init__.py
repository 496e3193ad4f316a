"""What programs send and are sent."""
