"""The query language of the Web API, as far as the simulator speaks it."""
