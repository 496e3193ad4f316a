"""What an authorisation says, and how Salus refuses without one. Pure."""
