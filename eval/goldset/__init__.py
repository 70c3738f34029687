"""The gold set as a product: read, checked, split, described, extended, exchanged, labelled twice, released."""
