"""The suite of the Spotler simulator."""
