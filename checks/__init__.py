"""Attacks that take minutes or a quiet machine, and are run before a release: `uv run python -m checks.brute_force`."""
