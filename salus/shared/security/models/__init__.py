"""Rules and events; incidents, their clocks and the people they touch."""
