"""Clinical records: FHIR resources as they came, each version of them, and what they can be found by.

What other modules own (appointments, coverages) is kept here too, written through by `actions.keep` in the same
transaction, so that reading, searching and history are one thing for all of them.
"""
