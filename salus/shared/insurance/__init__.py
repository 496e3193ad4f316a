"""Who is insured where, and whether the insurer covers a visit. What it cannot say now is asked again later."""
