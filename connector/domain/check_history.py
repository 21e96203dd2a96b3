"""Since when each check is as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.connection_check import Check, CheckCode, CheckName, CheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The outcome of a check, and since when it is so.

    Where nothing could be seen `before` is what was seen last.
    """

    outcome: CheckOutcome
    code: str | None
    since: datetime
    before: "Standing | None" = None

    def is_of(self, check: Check) -> bool:
        """Tell whether a check ended as it did before."""
        return (self.outcome, self.code) == (check.outcome, check.code)

    @property
    def is_unseen(self) -> bool:
        """Tell whether nothing could be seen."""
        return self.outcome is CheckOutcome.SKIPPED or self.code == CheckCode.UNKNOWN


type History = Mapping[CheckName, Standing]


def join_histories(one: History, other: History) -> History:
    """Return of each check what was found last: what could not be written is not forgotten."""
    both = {**one, **other}

    return {
        name: max(one.get(name, standing), standing, key=lambda known: known.since)
        for name, standing in both.items()
    }


def continue_history(history: History, checks: Iterable[Check], now: datetime) -> History:
    """Return since when each check is as it is now; what others looked at stays."""
    return {**history, **{check.name: _continue(history, check, now) for check in checks}}


def date_checks(checks: Iterable[Check], history: History) -> tuple[Check, ...]:
    """Return the checks with the time since when each is so."""
    return tuple(replace(check, since=history[check.name].since) for check in checks)


def _continue(history: History, check: Check, now: datetime) -> Standing:
    """Go on from what was seen last: that nothing could be seen for a while changes nothing."""
    last = history.get(check.name)
    seen = last.before if last is not None and last.is_unseen else last
    standing = Standing(outcome=check.outcome, code=check.code, since=check.since or now)
    for known in (last, seen):
        if known is not None and known.is_of(check):
            return replace(known, since=check.since or known.since)

    return replace(standing, before=seen) if standing.is_unseen else standing
