"""The services outside that Salus depends on, and how they are: for administrators."""
