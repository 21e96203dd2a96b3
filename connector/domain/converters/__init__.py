"""Makes the values that Spotler accepts out of what the CRM holds: one idea per module."""
