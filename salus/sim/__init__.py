"""A card processor that moves no money: a stand-alone HTTP server to develop and test payments against."""
