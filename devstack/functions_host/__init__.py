"""Hosts a function app on Microsoft's own worker library, without a cloud account."""

from devstack.functions_host.errors import HostError
from devstack.functions_host.host import FunctionsHost
from devstack.functions_host.options import HostOptions

__all__ = ["FunctionsHost", "HostError", "HostOptions"]
