"""Function apps for the suite; each is copied into a folder of its own."""
