"""The steps by which the CRM tells us of changes: which must be there, and how."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from connector.domain.connection_check import Check, CheckCode, CheckName, CheckOutcome
from connector.domain.errors import ConfigurationError
from connector.domain.related import NAMES, RelatedTable
from connector.domain.step_filter import Watched

WEBHOOK_PATH: Final = "/api/webhooks/dataverse"

UPDATE: Final = "Update"
REQUIRED_MESSAGES: Final = ("Create", UPDATE, "Delete")
RECOMMENDED_MESSAGES: Final = ("Restore", "Merge")
RENAMED: Final = (RelatedTable.ACCOUNT, RelatedTable.TEAM, RelatedTable.SYSTEMUSER)
"""The tables besides people's own whose names people show."""

_PORTS: Final = {"https": 443, "http": 80}


class StepsHiddenError(ConfigurationError):
    """A right that our user in the CRM lacks to look at the steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredStep:
    """A step of a webhook; without a table it is for all of them.

    No columns means that every update is told. `is_in_place` tells whether the server runs it
    after the change is kept, and without holding it up.
    """

    message: str
    table: str | None
    columns: frozenset[str] = frozenset()
    is_enabled: bool = True
    is_in_place: bool = True

    def tells(self, message: str, table: str) -> bool:
        """Tell whether the step is for this message of this table, on or off."""
        return self.message == message and self.table in {None, table} and self.is_in_place


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """A webhook of the CRM with its steps."""

    url: str
    steps: tuple[RegisteredStep, ...]


def leads_to_us(url: str) -> bool:
    """Tell whether an address has the path of our webhook, in whichever spelling."""
    try:
        return urlsplit(url).path.rstrip("/").lower().endswith(WEBHOOK_PATH)
    except ValueError:
        return False


def check_steps(
    webhooks: Sequence[RegisteredWebhook], watched: Watched, address: str | None
) -> Check:
    """Look whether the CRM tells us of every change; `address` is our own, where it is known.

    `watched` has the tables that are there, each with the columns that must be told.
    """
    ours = [one for one in webhooks if leads_to_us(one.url)]
    if not ours:
        said = f"a webhook must be registered in dynamics that leads to {WEBHOOK_PATH}"
        return _failed(CheckCode.NOT_REGISTERED, said)

    if address is not None:
        ours = [one for one in ours if _origin(one.url) == _origin(address)]
    if not ours:
        said = "the webhook in dynamics must lead to the address of this app, which is PUBLIC_URL"
        return _failed(CheckCode.POINTS_ELSEWHERE, said)

    steps = [step for webhook in ours for step in webhook.steps]

    return _find_fault(steps, watched) or _praise(steps, watched, is_sure=address is not None)


def _find_fault(steps: Sequence[RegisteredStep], watched: Watched) -> Check | None:
    needed = [(table, message) for table in watched for message in REQUIRED_MESSAGES]
    if missing := [_name(*one) for one in needed if not _find(steps, *one)]:
        said = "must be registered, after the operation, asynchronous and on the server"
        return _failed(CheckCode.STEP_MISSING, f"the steps {_list(missing)} {said}")

    if off := [_name(*one) for one in needed if not _find_enabled(steps, *one)]:
        return _failed(CheckCode.STEP_DISABLED, f"the steps {_list(off)} must be enabled")

    deaf = [
        f"{_name(table, UPDATE)} ({', '.join(sorted(silent))})"
        for table, columns in watched.items()
        if (silent := _find_silent(_find_enabled(steps, table, UPDATE), columns))
    ]
    if deaf:
        said = f"the filter of the steps {_list(deaf)} must have these columns, or be empty"
        return _failed(CheckCode.STEP_FILTERED, said)

    return None


def _praise(steps: Sequence[RegisteredStep], watched: Watched, *, is_sure: bool) -> Check:
    """Return that all is told that must be, and what is better told besides."""
    unsure = None if is_sure else "only the path was compared: set PUBLIC_URL to compare all of it"
    if absent := [*_list_absent(steps, watched)]:
        said = f"the steps {_list(absent)} are recommended, and must be registered and enabled"
        detail = "; ".join([said, *([unsure] if unsure else [])])
        return Check(
            CheckName.STEPS,
            CheckOutcome.WARNING,
            code=CheckCode.STEP_RECOMMENDED,
            detail=detail,
        )

    return Check(CheckName.STEPS, code=None if is_sure else CheckCode.PATH_ONLY, detail=unsure)


def _list_absent(steps: Sequence[RegisteredStep], watched: Watched) -> Iterator[str]:
    for table in watched:
        for message in RECOMMENDED_MESSAGES:
            if not _find_enabled(steps, table, message):
                yield _name(table, message)

    for related in RENAMED:
        told = _find_enabled(steps, related, UPDATE)
        if not any(not step.columns or step.columns & NAMES[related] for step in told):
            yield f"{_name(related, UPDATE)} ({', '.join(sorted(NAMES[related]))})"


def _find(steps: Iterable[RegisteredStep], table: str, message: str) -> list[RegisteredStep]:
    return [step for step in steps if step.tells(message, table)]


def _find_enabled(
    steps: Iterable[RegisteredStep], table: str, message: str
) -> list[RegisteredStep]:
    return [step for step in _find(steps, table, message) if step.is_enabled]


def _find_silent(steps: Sequence[RegisteredStep], columns: frozenset[str]) -> frozenset[str]:
    """Return the columns whose update none of the steps tells."""
    if any(not step.columns for step in steps):
        return frozenset()

    return columns.difference(*(step.columns for step in steps))


def _origin(url: str) -> tuple[str, str | None, int | None, str]:
    """Return what makes two addresses the same; one that nobody can read is like no other."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None, url

    return parts.scheme, parts.hostname, port, parts.path.rstrip("/").lower()


def _failed(code: CheckCode, detail: str) -> Check:
    return Check.failed(CheckName.STEPS, code, detail)


def _name(table: str, message: str) -> str:
    return f"{table} {message}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
