"""Loaded by the functions host from its folder."""
