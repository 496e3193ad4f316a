"""People sell access to their own health data, under authorisations that name the buyer."""
