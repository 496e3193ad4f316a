"""Calendars as JSON, and feeds for calendar programs."""
