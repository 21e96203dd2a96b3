"""Table Storage: one store per table; ids, hashes, counters and settings only."""
