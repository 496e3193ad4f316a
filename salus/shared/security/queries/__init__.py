"""What was found in the records, how incidents stand, and whom they touch."""
