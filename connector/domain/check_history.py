"""Since when each check is as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.connection_check import Check, CheckName, CheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The outcome of a check, and since when it is so."""

    outcome: CheckOutcome
    code: str | None
    since: datetime

    def is_of(self, check: Check) -> bool:
        """Tell whether a check ended as it did before."""
        return (self.outcome, self.code) == (check.outcome, check.code)


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
    before = history.get(check.name)
    if before is not None and before.is_of(check):
        return before

    return Standing(outcome=check.outcome, code=check.code, since=now)
