"""What follows a wish about one's data, and what is done with time."""
