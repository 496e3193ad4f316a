"""What was done, who looked at somebody's data, and how whole the log is."""

from salus.shared.records.queries.log import Log, Proof, log, proof, sealing_lag
from salus.shared.records.queries.looks import Look, Looks, who_looked
from salus.shared.records.queries.trail import Deed, Sought, Story, Trail, export, record, records

__all__ = [
    "Deed",
    "Log",
    "Look",
    "Looks",
    "Proof",
    "Sought",
    "Story",
    "Trail",
    "export",
    "log",
    "proof",
    "record",
    "records",
    "sealing_lag",
    "who_looked",
]
