"""Which times there are, until when what may be done, and how appointments say no. Pure."""
