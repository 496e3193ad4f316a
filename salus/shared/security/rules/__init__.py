"""What is looked for, what may follow what, and what the law asks. Pure."""
