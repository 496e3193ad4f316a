"""What was done, who looked at somebody's data, and how whole the log is."""

from salus.shared.records.queries.audit import audited, audited_once
from salus.shared.records.queries.log import ALARMING_LAG_S, Log, Proof, last_checked, log, proof, sealing_lag
from salus.shared.records.queries.looks import Look, Looks, who_looked
from salus.shared.records.queries.trail import Deed, Story, Trail, export, life, record, records, still_owed

__all__ = [
    "ALARMING_LAG_S",
    "Deed",
    "Log",
    "Look",
    "Looks",
    "Proof",
    "Story",
    "Trail",
    "audited",
    "audited_once",
    "export",
    "last_checked",
    "life",
    "log",
    "proof",
    "record",
    "records",
    "sealing_lag",
    "still_owed",
    "who_looked",
]
