"""Questions about one's own data, and the operator's registers about everybody's."""
