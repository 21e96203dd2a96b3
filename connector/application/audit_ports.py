"""What an audit needs of the world; the adapter and the tests' fake fulfil it."""

from typing import Protocol

from connector.domain.audit import AuditEntry, AuditFilter, AuditPage, AuditResult


class AuditTrail(Protocol):
    """Keeps who did what; raises `TransientError` when it cannot now."""

    async def begin(self, entry: AuditEntry) -> None:
        """Note a call before it is carried out: what cannot be noted must not happen."""

    async def finish(self, entry: AuditEntry, result: AuditResult) -> None:
        """Note what came of it; an entry without a result was cut short."""

    async def note(self, entry: AuditEntry, result: AuditResult) -> None:
        """Note a call and what came of it in one go: nothing happened."""

    async def list_page(
        self, wanted: AuditFilter, *, size: int, after: str | None = None
    ) -> AuditPage:
        """Return the newest entries that are wanted, or the first ones behind a place."""
