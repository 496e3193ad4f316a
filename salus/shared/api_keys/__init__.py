"""Keys by which systems come in, each in the name of the person who made it.

A key is `hx_<id>_<secret>`: it is found by its id and proven by 256 random bits, of which only the SHA-256 is kept. It
can do what its scopes say, and never more than its owner may at that moment: roles are read anew at every request, so
a key ends with the role, the organisation or the account behind it. Nothing acts for nobody.

It counts as having given the second factor that was asked for when it was made, but never a fresh one: what could do
great harm is refused to every key, and so is whatever decides about access, consents and a person's own rights, which
no scope covers.

Rotating gives a key a new secret; the one before works for a day longer, so that a system can be changed over without
an outage. Revoking ends both at once.
"""
