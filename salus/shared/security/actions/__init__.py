"""Raising and acknowledging events, tuning rules, and handling incidents."""
