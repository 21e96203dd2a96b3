"""A fake of where it is kept who did what."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from connector.domain.audit import AuditEntry, AuditFilter, AuditPage, AuditRecord, AuditResult


@dataclass(slots=True)
class FakeTrail:
    """Is the `AuditTrail` port: `entries` in order, `results` by entry; `failure` is raised."""

    entries: list[AuditEntry] = field(default_factory=list)
    results: dict[str, AuditResult] = field(default_factory=dict)
    failure: Exception | None = None

    async def begin(self, entry: AuditEntry) -> None:
        self._fail_if_told()
        self.entries.append(entry)

    async def finish(self, entry: AuditEntry, result: AuditResult) -> None:
        self._fail_if_told()
        self.results[entry.id] = result

    async def note(self, entry: AuditEntry, result: AuditResult) -> None:
        await self.begin(entry)
        await self.finish(entry, result)

    async def list_page(
        self, wanted: AuditFilter, *, size: int, after: str | None = None
    ) -> AuditPage:
        self._fail_if_told()
        found = [one for one in self._records(wanted) if after is None or one.place > after]

        return AuditPage(
            records=found[:size], last=found[size - 1].place if len(found) > size else None
        )

    def _records(self, wanted: AuditFilter) -> Iterator[AuditRecord]:
        newest = sorted(self.entries, key=lambda one: one.at, reverse=True)
        for number, entry in enumerate(newest):
            if _is_wanted(entry, wanted):
                place = f"{number:018d}-{entry.id}"
                yield AuditRecord(entry=entry, place=place, result=self.results.get(entry.id))

    def _fail_if_told(self) -> None:
        if self.failure is not None:
            raise self.failure


def _is_wanted(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        (wanted.since is None or entry.at >= wanted.since)
        and (wanted.until is None or entry.at < wanted.until)
        and wanted.action in {None, entry.action}
        and wanted.caller in {None, entry.caller}
    )
