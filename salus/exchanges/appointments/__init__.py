"""Patients book doctors. No time is given twice, insurance is checked behind a circuit breaker."""
