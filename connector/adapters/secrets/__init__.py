"""Where Spotler's secret lies: in Key Vault, and on the local stack in a file."""
