"""Shapes of consents at the border, and the receipt that both sides get."""
