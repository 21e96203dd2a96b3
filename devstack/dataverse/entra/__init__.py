"""The part of Entra ID that hands out tokens to applications."""
