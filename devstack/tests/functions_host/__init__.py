"""The suite of the functions host."""
