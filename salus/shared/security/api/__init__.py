"""Events, rules and incidents under `/v1`: the same actions as on the pages."""
