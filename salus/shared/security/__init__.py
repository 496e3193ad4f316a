"""Security: what looks like an attack in the records, and what is done about it.

Rules kept as data are laid over the records as they come in; what they find is an event. Events may alert the
administrators and open an incident, which has a life cycle, people who are affected, and clocks that the law starts.
"""
