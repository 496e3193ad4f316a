"""Where people are asked by programs, and see and end what they allowed."""
