"""The use cases: fetch, decide, tell; they know systems only by their ports."""
