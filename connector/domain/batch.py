"""Many hints, one write: the events of a batch as one piece of work per record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.contact import RecordKey
from connector.domain.event import Change, RecordChanged


@dataclass(frozen=True, slots=True)
class Work:
    """All that a batch asks for one record.

    `event` stands for the others when it has to be sent again: the one tried most often. Work can
    be forced without being repeated: that of a contact that has to follow its lead. `filled` is
    what Spotler took of us before `filled_at`, and no state may tell. Nobody asked for what
    `is_brought` by another row.
    """

    key: RecordKey
    event: RecordChanged
    forced: bool
    deleted: bool
    filled: frozenset[str] = frozenset()
    filled_at: datetime | None = None
    is_brought: bool = False

    @property
    def repeated(self) -> bool:
        """Tell whether the record was tried before, and nobody knows how far that came."""
        return self.event.forced

    @property
    def looks_again(self) -> bool:
        """Tell whether a lead that was handed over long ago is looked at once more."""
        return self.forced or self.deleted

    @property
    def keeps_failing(self) -> bool:
        """Tell whether the work failed before: once may have been a hiccup of a second."""
        return self.event.attempt > 0

    def merged(self, event: RecordChanged) -> "Work":
        """Return the work with one more event for the same record."""
        return Work(
            key=self.key,
            event=max(self.event, event, key=lambda one: (one.attempt, one.forced)),
            forced=self.forced or event.forced,
            deleted=self.deleted or event.change is Change.DELETED,
            filled=self.filled | event.filled,
            filled_at=_later(self.filled_at, event.filled_at),
        )

    def bring(self, key: RecordKey) -> "Work":
        """Return the work that this makes necessary for another row of the person.

        That row was never tried, however often this one was.
        """
        event = replace(
            self.event,
            key=key,
            change=Change.UPDATED,
            forced=False,
            attempt=0,
            filled=frozenset(),
            filled_at=None,
            told_at=None,
        )

        return replace(Work.of(event), is_brought=True)

    def proven_deleted(self) -> "Work":
        """Return the work for a row of which the CRM says that it is deleted."""
        return replace(self, deleted=True)

    def after(self, taken: Mapping[RecordKey, frozenset[str]], now: datetime) -> "Work":
        """Return work that has to be done again, with what Spotler took of it before now."""
        filled = taken.get(self.key)
        if filled is None:
            return self

        return replace(self, filled=self.filled | filled, filled_at=now)

    def again(self) -> RecordChanged:
        """Return the event to send when the work lost a race: forced, and as new."""
        return self._hint(self.event.again())

    def retried(self) -> RecordChanged:
        """Return the event to send when a system was not there: one attempt more."""
        return self._hint(self.event.retried())

    def _hint(self, event: RecordChanged) -> RecordChanged:
        return replace(
            event,
            change=Change.DELETED if self.deleted else event.change,
            filled=self.filled,
            filled_at=self.filled_at,
        )

    @classmethod
    def of(cls, event: RecordChanged) -> "Work":
        """Return the work that one event asks for."""
        is_deleted = event.change is Change.DELETED

        return cls(
            event.key, event, event.forced, is_deleted, event.filled, filled_at=event.filled_at
        )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def in_order(work: Iterable[Work]) -> list[Work]:
    """Return the work that failed least first, and in another order at each attempt."""
    return sorted(work, key=lambda one: (one.event.attempt, one.event.operation))


TOGETHER = 6
"""So many attempts a batch stays together; one record may be what it breaks on."""


def scatter(work: Sequence[Work]) -> list[Sequence[Work]]:
    """Return what comes back at the same time: all at first, ever smaller groups in the end."""
    attempts = min((one.event.attempt for one in work), default=0)
    groups = min(len(work), 1 << max(0, attempts - TOGETHER))

    return [work[start::groups] for start in range(groups)]


def collapse(events: Iterable[RecordChanged]) -> dict[RecordKey, Work]:
    """Return one piece of work per record, in the order of arrival."""
    work: dict[RecordKey, Work] = {}
    for event in events:
        known = work.get(event.key)
        work[event.key] = known.merged(event) if known else Work.of(event)

    return work
