"""What people do about their own data, and administrators and Salus about everybody's."""
