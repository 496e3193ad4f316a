"""What must hold of clinical records."""
