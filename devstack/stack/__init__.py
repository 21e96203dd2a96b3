"""The whole local stack: every part as a process of its own, wired to the connector."""

from devstack.stack.activation import (
    EXPIRED,
    EXPIRING,
    FULL,
    GRACE,
    TRIAL,
    DemonstrationLicence,
)
from devstack.stack.options import StackOptions
from devstack.stack.stack import Stack

__all__ = [
    "EXPIRED",
    "EXPIRING",
    "FULL",
    "GRACE",
    "TRIAL",
    "DemonstrationLicence",
    "Stack",
    "StackOptions",
]
