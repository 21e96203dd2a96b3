"""A fake of where it is kept who changed what."""

from dataclasses import dataclass, field

from connector.domain.audit import AuditEntry, AuditResult


@dataclass(slots=True)
class FakeTrail:
    """Is the `AuditTrail` port: `entries` in order, `results` by entry; `failure` is raised."""

    entries: list[AuditEntry] = field(default_factory=list)
    results: dict[str, AuditResult] = field(default_factory=dict)
    failure: Exception | None = None

    async def begin(self, entry: AuditEntry) -> None:
        if self.failure is not None:
            raise self.failure

        self.entries.append(entry)

    async def finish(self, entry: AuditEntry, result: AuditResult) -> None:
        if self.failure is not None:
            raise self.failure

        self.results[entry.id] = result
