"""Programs that act for people: Salus as OAuth 2.0 authorization server and OpenID provider.

A **client** is a program that somebody registered. A *public* one (an app on a phone) can keep no secret and proves by
PKCE that a code is its own; a *confidential* one (a system) has a secret.

A **permission** is what a person allowed one client, in **scopes**, until they take it back. Each time the person sends
the client to Salus and back, a **family** begins: its code, and all tokens that come from it. A family ends as a whole,
at once and for every token in it: access tokens are looked up in it at each request, so nothing outlives it.

Only the authorization code with PKCE (RFC 9700), refresh tokens that rotate, and client credentials. A client's own
credentials act as the person who registered it, as long as they hold the role in which they did: nothing acts for
nobody.
"""
