"""Second factors at work: steps that several actions share."""
