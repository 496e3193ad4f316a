"""Everything that changes a trade of health data."""
