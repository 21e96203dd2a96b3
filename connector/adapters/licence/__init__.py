"""Licence codes as signed tokens: JWS in compact form, signed with Ed25519."""
