"""Codes that everyone understands the same way: what data may be used for, and under which terms."""
