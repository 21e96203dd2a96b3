"""What an audit needs of the world; the adapter and the tests' fake fulfil it."""

from typing import Protocol

from connector.domain.audit import AuditEntry, AuditResult


class AuditTrail(Protocol):
    """Keeps who changed what; raises `TransientError` when it cannot now."""

    async def begin(self, entry: AuditEntry) -> None:
        """Note a change before it is made: what cannot be noted must not happen."""

    async def finish(self, entry: AuditEntry, result: AuditResult) -> None:
        """Note what came of it; an entry without a result was cut short."""
