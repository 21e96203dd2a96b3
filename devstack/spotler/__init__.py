"""A strict simulator of the Spotler Mail+ REST API."""

from devstack.spotler.options import SpotlerOptions
from devstack.spotler.server import SpotlerSimulator

__all__ = ["SpotlerOptions", "SpotlerSimulator"]
