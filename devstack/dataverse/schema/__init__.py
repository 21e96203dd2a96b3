"""What the organisation knows about its tables and columns."""
