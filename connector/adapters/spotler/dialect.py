"""What is not proven about Spotler's API, each with the most plausible answer as its default.

Nothing is ever shortened to fit: a value that is too long is refused, and the refusal shown.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, PositiveInt

from connector.adapters.retry_after import LONGEST_WAIT
from connector.adapters.setting_values import TimeZone
from connector.domain.contact import PropertyValue
from connector.domain.property import PropertyType

_WORD = re.compile(r"[A-Za-z0-9_]{1,100}", re.ASCII)
SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_CHOICE = timedelta(days=1)
"""What an operator may choose at most, as for a retry."""

DATES = frozenset({PropertyType.BIRTHDATE, PropertyType.DATE, PropertyType.DATE_TIME})


def check_moment(text: str) -> str:
    """Return a moment as it is; raises `ValueError` when it is none, or names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("must be a moment with its zone, such as 2000-01-01T00:00:00+00:00")

    return text


def check_day_beginning(text: str) -> str:
    """Return what is written behind a day as it is; raises `ValueError` when it makes no moment."""
    try:
        check_moment(SOME_DAY + text)
    except ValueError:
        raise ValueError("must be a time with its zone, such as T00:00:00+00:00") from None

    return text


def check_word(text: str) -> str:
    """Return a word as it is; raises `ValueError` for what no answer could hold."""
    if not _WORD.fullmatch(text):
        raise ValueError("must be words such as INVALID_PROPERTY")

    return text


def check_some[Members: frozenset[int]](members: Members) -> Members:
    """Return members as they are; raises `ValueError` where there are none."""
    if not members:
        raise ValueError("must have a member: nothing would ever be done")

    return members


def check_dates(types: frozenset[PropertyType]) -> frozenset[PropertyType]:
    """Return types as they are; raises `ValueError` for one that holds no day."""
    if not types <= DATES:
        raise ValueError(f"must be among {', '.join(sorted(DATES))}")

    return types


type Wait = Annotated[timedelta, Field(ge=SHORTEST_WAIT, le=LONGEST_CHOICE)]
type Good = Annotated[int, Field(ge=200, lt=300)]
type Refusing = Annotated[int, Field(ge=400, lt=500)]
type Word = Annotated[str, AfterValidator(check_word)]
type Moment = Annotated[str, AfterValidator(check_moment)]
type DayBeginning = Annotated[str, AfterValidator(check_day_beginning)]

SOME_DAY = "2026-01-31"
ISO_DAY_LENGTH = len(SOME_DAY)

REFUSING_WORDS = frozenset(
    {
        "PROPERTY_INVALID",
        "CONTACT_UNKNOWN",
        "NO_ACTIVE_CHANNEL",
        "INVALID_PARAMS",
        "INVALID_STATE",
        "INVALID_PROPERTY",
        "INVALID_MAILING",
        "NAME_ALREADY_IN_USE",
        "ID_NOTUNIQUE",
        "CONTACT_NOT_FOUND",
        "CONTACT_OPTOUT",
        "CONTACT_ALREADY_EXISTS",
        "RESOURCE_NOT_FOUND",
        "FORM_NOT_FOUND",
        "FORMRESULT_NOT_FOUND",
        "PRODUCT_NOTFOUND",
        "TRIGGER_NOTFOUND",
        "CAMPAIGN_NOTFOUND",
        "ORDER_NOTFOUND",
        "MAILING_NOTFOUND",
    }
)


@dataclass(frozen=True, slots=True)
class SpotlerDialect:
    """Holds every assumption that this adapter makes; all of them can be switched.

    `unauthorised_statuses` and `unauthorised_types` both mean that the key is not accepted: old
    clients saw 401, newer ones 403, and what the body says is not documented.

    `refuses_key_by_page` takes a page with such a status for Spotler's. Otherwise it comes from a
    proxy, and nothing is known about the key.

    `bare_404_is_unknown` takes a 404 without a body for an unknown contact. Otherwise such an
    answer comes from somebody who is not Spotler, and the address must be wrong.

    `refusing_words` are the error types and the codes of contacts by which Spotler refuses for
    good. Any other word, `ERROR` and `BACKEND_EXCEPTION` too, is worth another try.

    `list_answers` tells whom the answer to a list of contacts names: `all` of them, those alone
    who are `refused`, or `none`, for which there is a 204.

    `done_statuses` are those that say, without a body, that a change of one contact is done.

    `usual_wait` is kept after a 429 that does not say how long, `longest_wait` whatever it says.

    `opens_email_channel` sends a contact that was refused for want of an active channel once
    more, with its e-mail channel switched on. Off, because it may undo somebody's opt-out.

    `cleared_by_empty_text` are the types whose value is cleared by an empty text; all others are
    cleared by null. `wants_time` are the types to which a day is written as `day_begins` of it,
    which is the same day in Amsterdam; none, because Spotler seems to take a day as a day.

    `merges_by_address` tells whether the account recognises a person by address: then whoever is
    sent with an address that Spotler knows becomes that person, under the id that was sent.

    `feed_begins` is before anybody's last change. A number is a moment in milliseconds when it is
    above `milliseconds_above`, else in seconds; a property that is a number is in milliseconds
    always, for birthdays may be small. A moment that does not name its zone is in `zone`.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    unauthorised_statuses: frozenset[Refusing] = frozenset({401, 403})
    unauthorised_types: frozenset[Word] = frozenset({"AUTH_NOT_FOUND", "NOT_AUTHORIZED"})
    refuses_key_by_page: bool = False
    bare_404_is_unknown: bool = False
    refusing_words: frozenset[Word] = REFUSING_WORDS
    list_answers: Literal["all", "refused", "none"] = "all"
    done_statuses: Annotated[frozenset[Good], AfterValidator(check_some)] = frozenset({204})
    usual_wait: Wait = timedelta(minutes=1)
    longest_wait: Wait = LONGEST_WAIT
    opens_email_channel: bool = False
    merges_by_address: bool = True
    cleared_by_empty_text: frozenset[PropertyType] = frozenset(
        {PropertyType.STRING, PropertyType.EMAIL, PropertyType.OTHER}
    )
    wants_time: Annotated[frozenset[PropertyType], AfterValidator(check_dates)] = frozenset()
    day_begins: DayBeginning = "T00:00:00+00:00"
    feed_begins: Moment = "2000-01-01T00:00:00+00:00"
    milliseconds_above: PositiveInt = 10**11
    zone: TimeZone = "Europe/Amsterdam"

    def __post_init__(self) -> None:
        """Refuse switches of which each is possible and both together are not."""
        if self.usual_wait > self.longest_wait:
            raise ValueError("usual_wait must not be longer than longest_wait")
        if self.refusing_words & self.unauthorised_types:
            raise ValueError("a word must not be both of refusing_words and unauthorised_types")

    def write(self, value: PropertyValue, kind: PropertyType) -> PropertyValue:
        """Return a property value as Spotler wants to read it."""
        if value is None:
            return "" if kind in self.cleared_by_empty_text else None

        if kind in self.wants_time and isinstance(value, str) and len(value) == ISO_DAY_LENGTH:
            return value + self.day_begins

        return value

    def read_moment(self, said: object) -> datetime | None:
        """Return a moment in whichever form Spotler gives it, or None when it is not readable."""
        try:
            match said:
                case bool() | None:
                    return None
                case int() | float():
                    unit = 1000 if abs(said) > self.milliseconds_above else 1
                    return datetime.fromtimestamp(said / unit, UTC)
                case _:
                    return self._in_zone(datetime.fromisoformat(str(said)))
        except (ValueError, OverflowError, OSError):
            return None

    def read(self, value: object, kind: PropertyType) -> PropertyValue:
        """Return a property value as Spotler would want to read it, or None when it has no form."""
        if kind in DATES and isinstance(value, int) and not isinstance(value, bool):
            return self._read_date(value)

        return value if isinstance(value, str | int) and value != "" else None

    def _read_date(self, milliseconds: int) -> str | None:
        try:
            return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
        except (ValueError, OverflowError, OSError):
            return None

    def _in_zone(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=moment.tzinfo or ZoneInfo(self.zone)).astimezone(UTC)
