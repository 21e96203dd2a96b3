"""The identity provider of the local stack: an OpenID provider in the shape of Microsoft Entra."""

from devstack.identity.command import IdentityOptions, NotInstalledError, command

__all__ = ["IdentityOptions", "NotInstalledError", "command"]
