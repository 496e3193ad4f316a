"""Shapes at the border of appointments."""
