"""Calendars on pages: days and weeks, hours, places, and feeds."""
