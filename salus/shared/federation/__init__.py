"""Signing in with an account somewhere else: Google, Auth0, Clerk, Keycloak, or any OpenID provider.

An administrator names the **providers**; what else there is to know of one it tells by itself (OpenID Connect
Discovery 1.0). Somebody who comes with one makes an **attempt**: authorization code with PKCE, state and nonce, bound
to the browser it began in, good for ten minutes and for one return. Who they are there and who they are here is tied
by a **linked identity**.

**Whom a stranger's word may open an account for.** An identity is linked to an account that is there already only in
two cases: its owner, signed in and with a fresh second factor, asks for it; or the provider says that it verified the
e-mail address, an administrator trusts it to say so, and the account's own address was proven as well, uncontested.
The last condition is against the *pre-hijacking* of accounts (Sudhodanan and Paverd, USENIX Security 2022): somebody
signs up with the address of a person who has no account yet, and a password of their own choosing. That account waits,
unverified. Were it linked when the person later comes with Google, both would share it from then on, and the one with
the password would read what the other brings in. So it is not linked: who owns the mailbox chooses a new password
first, which ends the stranger's.

A provider's word is not a second factor. Whoever must have one gives it to Salus, unless an administrator trusts the
provider for that and it says that it asked for one (RFC 8176), and when.
"""
