"""Why a page of a job comes back: what the page of the connector puts into words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PersonWaitsError,
    RateLimitedError,
    TransientError,
)

LONGEST = 500


class CauseCode(StrEnum):
    """Tells what kept a page from being done; stable codes."""

    RATE_LIMITED = "rate_limited"
    TRANSIENT = "transient"
    PEOPLE = "people"
    CONFIGURATION = "configuration"
    REFUSED = "refused"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Cause:
    """Is why a page comes back; `detail` says what somebody has to put right, never of whom."""

    code: CauseCode
    detail: str | None = None


def cause_of(error: ConnectorError) -> Cause:
    """Return the cause that an error is."""
    match error:
        case ConfigurationError():
            return Cause(CauseCode.CONFIGURATION, str(error)[:LONGEST])
        case RateLimitedError():
            return Cause(CauseCode.RATE_LIMITED)
        case PersonWaitsError():
            return Cause(CauseCode.PEOPLE)
        case TransientError():
            return Cause(CauseCode.TRANSIENT)
        case _:
            return Cause(CauseCode.REFUSED)


def gravest(errors: Sequence[ConnectorError]) -> ConnectorError:
    """Return the last error that is about more than one person, or else the last."""
    of_all = [one for one in errors if not isinstance(one, PersonWaitsError)]

    return (of_all or errors)[-1]
