"""Writes: what a body means, what the platform adds, and what happened in the end."""
