"""The suite of the identity provider."""
