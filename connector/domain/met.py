"""What a batch of changes met: which parts of the systems failed, and which surely work."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from connector.domain.contact import RecordKey, Rejection, is_opt_out
from connector.domain.errors import ConnectorError, System, system_of
from connector.domain.failure import Failure, FailureKind, Failures, Moments
from connector.domain.outcome import Outcome

FEW: Final = 4
"""So many may be refused in a row for what they say; when more are, it is not they."""

MOST: Final = 100

ROW_LASTS: Final = timedelta(hours=1)
"""Who was refused longer ago says nothing of now; who is tried again is refused again by then."""

FINISHED: Final = frozenset(Outcome) - {
    Outcome.RACED,
    Outcome.RETRIED,
    Outcome.PARKED,
    Outcome.HELD,
}
"""What becomes of a change of which all was read that had to be."""

KEPT: Final = frozenset({Outcome.PARKED, Outcome.FAILED, Outcome.HELD})

OF_SPOTLER: Final = frozenset(
    {
        System.SPOTLER,
        System.SPOTLER_LISTS,
        System.SPOTLER_INTAKE,
        System.SPOTLER_WITHDRAWALS,
        System.SPOTLER_ANONYMISING,
        System.SPOTLER_PEOPLE,
        System.SPOTLER_SEARCH,
    }
)
"""Parts that nobody may call without the secret from the vault."""

CALLED: Final = OF_SPOTLER | {
    System.DATAVERSE,
    System.CONTACTS,
    System.LEADS,
    System.ROWS,
    System.METADATA,
    System.RECORDS,
    System.PARKED,
}
"""Parts that work when a call of theirs does."""

FOR_SOME: Final = frozenset(
    {System.SPOTLER_LISTS, System.SPOTLER_WITHDRAWALS, System.SPOTLER_ANONYMISING}
)
"""Parts that are called for a few at a time: when they work for some, the others are at fault."""


@dataclass(slots=True)
class RefusedRow:
    """The people whom Spotler refused in the last hour, since it last took somebody.

    Of each it is known when, and with which code; None is a refusal for now.
    """

    people: dict[RecordKey, tuple[datetime, str | None]] = field(default_factory=dict)

    def note(
        self,
        refused: Mapping[RecordKey, Rejection],
        taken_at: datetime | None,
        now: datetime,
    ) -> bool:
        """Note a batch of now; tell whether more than a few were refused, for now or with one code.

        Whoever was refused before somebody was taken does not count.
        """
        if taken_at is not None and taken_at >= now:
            self.people = {}
            return False

        since = max(filter(None, [taken_at, now - ROW_LASTS]))
        fresh = {key: one for key, one in self.people.items() if one[0] >= since}
        at_fault = {
            key: (now, None if one.is_transient else one.code)
            for key, one in refused.items()
            if not is_opt_out(one)
        }
        self.people = dict([*{**fresh, **at_fault}.items()][-MOST:])
        alike = Counter(code for _, code in self.people.values())

        return any(alike[code] > FEW for _, code in at_fault.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The outcomes of a batch, what kept it, which parts answered, and if Spotler takes nobody."""

    outcomes: Collection[Outcome]
    causes: Sequence[ConnectorError] = ()
    answered: Collection[System] = ()
    refuses_all: bool = False

    @property
    def _worked(self) -> frozenset[System | None]:
        """Return the parts that did what they are for."""
        answered = {*self.answered}
        if Outcome.SENT in self.outcomes:
            answered |= {System.SPOTLER_LISTS, System.SPOTLER_INTAKE}

        found: set[System | None] = {*(CALLED & answered)}
        if not OF_SPOTLER.isdisjoint(answered):
            found.add(System.VAULT)
        if not KEPT.isdisjoint(self.outcomes):
            found.add(System.PARKING)
        if not FINISHED.isdisjoint(self.outcomes):
            found |= {None, System.TABLES}

        return frozenset(found)

    def to_failures(self, now: datetime) -> Failures:
        """Return what failed, by its part."""
        found = {system_of(cause): Failure.of(cause, now) for cause in self.causes}
        if self.refuses_all:
            part, kind = System.SPOTLER_INTAKE, FailureKind.REFUSES_ALL
            found[part] = Failure(since=now, at=now, system=part, kind=kind)

        well = FOR_SOME & self._worked

        return {part: failure for part, failure in found.items() if part not in well}

    def to_moments(self, now: datetime) -> Moments:
        """Return when the parts worked that did."""
        return dict.fromkeys(self._worked - self.to_failures(now).keys(), now)
