"""Arithmetic with time, and how the calendar says no. Pure: no database, no clock."""
