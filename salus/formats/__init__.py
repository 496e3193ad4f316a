"""File and wire formats: pure libraries that take bytes and give values, and know nothing else of Salus."""
