"""What a person allows: to whom, which data, for what, until when. Nothing leaves without it."""
