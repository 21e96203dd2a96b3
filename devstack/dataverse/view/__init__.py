"""A small view to look at people and change them by hand."""
