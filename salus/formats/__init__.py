"""Readers and writers of formats that the world agreed on; pure, with no business and no server in them."""
