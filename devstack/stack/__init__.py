"""The whole local stack: every part as a process of its own, wired to the connector."""

from devstack.stack.stack import Stack, StackOptions

__all__ = ["Stack", "StackOptions"]
