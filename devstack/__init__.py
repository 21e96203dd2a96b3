"""Run the connector without a cloud account; never deployed, never imported by `connector`."""
