"""The pages of security: the dashboard, events and rules, incidents, and the form on which anybody reports one."""
