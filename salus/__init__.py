"""Salus: one platform for five health exchanges."""
