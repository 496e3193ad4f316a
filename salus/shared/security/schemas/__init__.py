"""Shapes of events and incidents at the border."""
