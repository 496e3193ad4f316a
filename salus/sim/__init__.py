"""Servers to develop and test against: a card processor that moves no money, and an insurer that insures nobody."""
