"""Privacy as an API: one's own data, and the operator's registers."""
