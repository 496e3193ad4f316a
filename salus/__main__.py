"""`python -m salus` is the command line."""

from salus.cli import app

app()
