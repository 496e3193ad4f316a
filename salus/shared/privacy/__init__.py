"""What people may ask about their own data: to see all of it, to take it along, to have it erased.

Everything here rests on what each table says of itself (`Table.concerns`, `mentions`, `kept_because`), so a new table
takes part without a line here. What no table can say of itself, as how an exchange takes its offers off the market
first, its module adds as a `Part` (`rules.parts`).

An erasure cannot be undone by a backup: it is written down outside the database before anything is removed
(`gateways.Tombstones`), and carried out again wherever a restored database still knows the person (`reactions.replay`).
"""
