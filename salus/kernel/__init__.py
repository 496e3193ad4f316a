"""The words all of Salus is written in: no business, no HTTP."""
