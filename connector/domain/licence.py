"""The licence: what a signed code says once it is verified, and why a code is refused."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from connector.domain.contact import OrganisationId
from connector.domain.errors import PermanentError

ZONE: Final = ZoneInfo("Europe/Amsterdam")
"""Where the days of a licence begin and end, whatever the time zone of the customer."""

LONGEST_CODE: Final = 4096

_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]+")
"""What mail programs put into a long line: spaces, line breaks, and marks that nobody sees."""


class Edition(StrEnum):
    """Tells what was bought; a trial does everything but the initial syncs."""

    TRIAL = "trial"
    FULL = "full"


class LicenceFault(StrEnum):
    """Tells why a code opens nothing; stable codes that the page puts into words."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    DEMONSTRATION = "demonstration"
    FORGED = "forged"
    UNREADABLE = "unreadable"
    REVOKED = "revoked"
    WRONG_ORGANISATION = "wrong_organisation"
    NOT_YET = "not_yet"
    EXPIRED = "expired"

    @property
    def advice(self) -> str:
        """Return what must be true, and so what to do; never anything of the code."""
        return _ADVICE[self]


_ADVICE = {
    LicenceFault.EMPTY: "a licence code must be given",
    LicenceFault.TOO_LONG: "a licence code must be at most 4 KB: paste the code and nothing else",
    LicenceFault.MALFORMED: "a licence code must be whole: copy it from its first character to "
    "its last",
    LicenceFault.UNKNOWN_KEY: "the licence must be signed with a key that this release knows: "
    "update the connector, or ask for a new code",
    LicenceFault.DEMONSTRATION: "a demonstration licence must stay on the local stack: "
    "ask for a real one",
    LicenceFault.FORGED: "a licence code must be exactly as it was issued: copy it again",
    LicenceFault.UNREADABLE: "the licence must say what this release understands: "
    "update the connector, or ask for a new code",
    LicenceFault.REVOKED: "the licence must not be withdrawn: ask for a new code",
    LicenceFault.WRONG_ORGANISATION: "the licence must be for this organisation: "
    "ask for one with the id of your Dynamics environment",
    LicenceFault.NOT_YET: "the licence must have begun: enter it on its first day, "
    "and look whether the clock is right",
    LicenceFault.EXPIRED: "the licence must not have ended: ask for a new code",
}


class InvalidLicenceError(PermanentError):
    """Opens nothing, for a reason that says what to do and nothing of the code."""

    def __init__(self, fault: LicenceFault) -> None:
        """Take why."""
        super().__init__(fault.advice)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Licence:
    """Is what a code says; it is as good as the signature that was checked to read it.

    `id` names the code itself, so that one can be withdrawn; `organisation` is in lower case.
    """

    id: str
    organisation: OrganisationId
    edition: Edition
    customer: str
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime

    @property
    def first_day(self) -> date:
        """Return the first day on which the licence is valid."""
        return self.valid_from.astimezone(ZONE).date()

    @property
    def last_day(self) -> date:
        """Return the last day on which the licence is valid."""
        return self.valid_until.astimezone(ZONE).date()


def to_code(text: str) -> str:
    """Return a pasted code without what pasting adds; raises `InvalidLicenceError`."""
    code = _INVISIBLE.sub("", text)
    if not code:
        raise InvalidLicenceError(LicenceFault.EMPTY)

    if len(code) > LONGEST_CODE:
        raise InvalidLicenceError(LicenceFault.TOO_LONG)

    return code


def to_first_moment(day: date) -> datetime:
    """Return when a licence begins that is valid from this day."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def to_last_moment(day: date) -> datetime:
    """Return when a licence ends that is valid until this day: its last second, there."""
    return datetime.combine(day, time(23, 59, 59), ZONE).astimezone(UTC)
