"""Spotler Mail+ over its REST API: the only place where its words are spoken."""
