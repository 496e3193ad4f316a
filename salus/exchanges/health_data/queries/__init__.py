"""Everything that is asked about a trade of health data."""
