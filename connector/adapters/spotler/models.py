"""What we read of Spotler's answers.

Unknown members and unknown words are let through: Spotler may add to its API at any time. Inputs
never show in a validation error, because they may be personal data.
"""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    JsonValue,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from connector.domain.errors import TransientError

UNKNOWN = "UNKNOWN"

_CODE = re.compile(r"[A-Z_]{1,40}")


def to_code(said: str) -> str:
    """Return a code when it looks like one: it goes into logs and tables, where no person may."""
    return said if _CODE.fullmatch(said) else UNKNOWN


type Code = Annotated[str, AfterValidator(to_code)]


class Answer(BaseModel):
    """Is the base of everything that we read: camel case there, snake case here."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, hide_input_in_errors=True
    )


class SetEntry(Answer):
    """Is one option of a set field, known by its bit."""

    bit: int
    description: str | None = None


class ContactProperty(Answer):
    """Is one visible contact field; only a set has entries."""

    name: str
    type: str
    description: str | None = None
    entries: tuple[SetEntry, ...] | None = None


class SavedContact(Answer):
    """Says what became of one contact of a list."""

    external_id: str
    code: Code
    message: str | None = None


class HeldContact(Answer):
    """Is a contact as Spotler holds it; a property without a value is left out."""

    external_id: str | None = None
    properties: dict[str, JsonValue] = {}
    last_changed: int | float | str | None = None


class HeldOption(Answer):
    """Is one option of a set as a contact has it, with the label that it has today."""

    bit: int
    enabled: bool
    description: str | None = None


class FedContact(Answer):
    """Is one person of the feed of changes, who may never have got an external id."""

    encrypted_id: str
    external_id: str | None = None
    last_changed: int | float | str | None = None
    temporary: bool = False
    properties: dict[str, JsonValue] = {}


class Paging(Answer):
    """Says where the next page is; its address is never followed."""

    next: str | None = None


class SearchAnswer(Answer):
    """A page of the contacts that a search found; each is read by itself."""

    contacts: tuple[JsonValue, ...] | None = None


class ContactsAnswer(Answer):
    """Is a page of the feed on the base without a version."""

    contacts: tuple[FedContact, ...] = ()
    paging: Paging | None = None


class ListedMailing(Answer):
    """Is one mass mailing of a list."""

    encrypted_id: str
    name: str = ""
    type: str = ""
    scheduled_start_date: int | float | str | None = None
    sent_count: int = 0
    archive_link: str | None = None


class Message(Answer):
    """Is what a mailing says of its message."""

    subject: str | None = None
    from_name: str | None = None


class MailingDetails(Answer):
    """Is what the details of a mailing add."""

    message: Message = Message()


class ErrorResponse(Answer):
    """Is the body of a 400 or 404; the message may hold personal data."""

    error_type: Code
    message: str | None = None


SILENT = ConfigDict(hide_input_in_errors=True)
PROPERTIES = TypeAdapter(tuple[ContactProperty, ...], config=SILENT)
HELD_CONTACT = TypeAdapter(HeldContact)
SEARCH: TypeAdapter[SearchAnswer | tuple[JsonValue, ...]] = TypeAdapter(
    SearchAnswer | tuple[JsonValue, ...], config=SILENT
)
HELD_OPTIONS = TypeAdapter(tuple[HeldOption, ...], config=SILENT)
SAVED_CONTACTS = TypeAdapter(tuple[SavedContact, ...], config=SILENT)
FEED: TypeAdapter[ContactsAnswer | tuple[FedContact, ...]] = TypeAdapter(
    ContactsAnswer | tuple[FedContact, ...], config=SILENT
)
MAILINGS = TypeAdapter(tuple[ListedMailing, ...], config=SILENT)
DETAILS: TypeAdapter[MailingDetails] = TypeAdapter(MailingDetails)


def parse[T](adapter: TypeAdapter[T], answer: object) -> T:
    """Return the answer as what it must be; what has another shape is worth another try."""
    try:
        return adapter.validate_python(answer)
    except ValidationError as exc:
        raise TransientError("spotler's answer must have the documented shape") from exc


def parse_each[T](adapter: TypeAdapter[T], items: Iterable[object]) -> list[T | None]:
    """Return each item as what it must be, and None for what has another shape."""
    return [_parse_or_none(adapter, item) for item in items]


def _parse_or_none[T](adapter: TypeAdapter[T], item: object) -> T | None:
    try:
        return adapter.validate_python(item)
    except ValidationError:
        return None
