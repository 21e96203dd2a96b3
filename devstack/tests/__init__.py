"""The suites of the local stack."""
