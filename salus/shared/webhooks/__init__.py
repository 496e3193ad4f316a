"""Outgoing webhooks: other systems hear of what was done, as it is done.

An event is the record of a done action, told to those it concerns by three words and two ids: whoever hears of it comes
and asks for the rest under their own name. It is sent at least once, signed as Standard Webhooks says, and again and
again for three days.
"""
