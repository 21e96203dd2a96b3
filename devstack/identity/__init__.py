"""The identity provider of the local stack: an OpenID provider in the shape of Microsoft Entra."""

from devstack.identity.command import IdentityOptions, command

__all__ = ["IdentityOptions", "command"]
