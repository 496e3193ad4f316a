"""The JSON doors of appointments."""
