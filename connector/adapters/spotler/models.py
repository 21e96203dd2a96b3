"""What we read of Spotler's answers.

Unknown members and unknown words are let through: Spotler may add to its API at any time. A member
that is null is one that is not there, and an item that cannot be read costs no other. Inputs never
show in a validation error, because they may be personal data.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from connector.domain.errors import TransientError

UNKNOWN = "UNKNOWN"
DOCUMENTED = "spotler's answer must have the documented shape"


class UnreadableAnswerError(TransientError):
    """An answer that is none, because it cannot be read: the call may be worth another try."""


_CODE = re.compile(r"[A-Z_]{1,40}")
_IDENTIFYING = frozenset({"external_id", "encrypted_id", "properties"})


def to_code(said: object) -> str:
    """Return a code when it looks like one: it goes into logs and tables, where no person may."""
    return said if isinstance(said, str) and _CODE.fullmatch(said) else UNKNOWN


def _text_or_none(said: object) -> str | None:
    return said if isinstance(said, str) else None


def _number_or_zero(said: object) -> int:
    return said if isinstance(said, int) else 0


type Code = Annotated[str, AfterValidator(to_code)]
type Key = Annotated[str, Field(pattern=r"\A[^\ufffd]+\z")]
"""An id of Spotler's; with a character that nobody knows it is nobody's."""

type Hint = Annotated[str | None, BeforeValidator(_text_or_none)]
"""A text that is of no use to us in another form, and whose loss costs nothing else."""


class Answer(BaseModel):
    """What all that we read has in common: camel case there, snake case here."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, read: object) -> object:
        if not isinstance(read, dict):
            return read

        return {name: value for name, value in read.items() if value is not None}


class SetEntry(Answer):
    """An option of a set field, known by its bit."""

    bit: int
    description: Hint = None


class ContactProperty(Answer):
    """A visible contact field; only a set has entries, and each is read by itself."""

    name: str
    type: str
    description: Hint = None
    entries: JsonValue = None


class SavedContact(Answer):
    """What became of one contact of a list."""

    external_id: str
    code: Annotated[str, BeforeValidator(to_code)] = UNKNOWN
    message: Hint = None


class HeldContact(Answer):
    """A contact as Spotler holds it; a property without a value is left out.

    What says nothing that only a contact says is none, but a stranger's JSON.
    """

    external_id: str | None = None
    encrypted_id: JsonValue = None
    properties: dict[str, JsonValue] = {}
    last_changed: JsonValue = None

    @model_validator(mode="after")
    def _check_is_contact(self) -> Self:
        if self.model_fields_set.isdisjoint(_IDENTIFYING):
            raise ValueError("a contact must have an id or properties")

        return self


class HeldOption(Answer):
    """An option of a set as a contact has it, with the label that it has today."""

    bit: int
    enabled: bool
    description: Hint = None


class FedContact(Answer):
    """A person of the feed of changes, who may never have got an external id."""

    encrypted_id: Key
    external_id: str | None = None
    last_changed: JsonValue = None
    temporary: bool = False
    properties: dict[str, JsonValue] = {}


class ListedMailing(Answer):
    """A mass mailing of a list."""

    encrypted_id: Key
    name: Hint = None
    type: Hint = None
    scheduled_start_date: JsonValue = None
    sent_count: Annotated[int, BeforeValidator(_number_or_zero)] = 0
    archive_link: Hint = None


class Message(Answer):
    """What a mailing says of its message."""

    subject: Hint = None
    from_name: Hint = None


class MailingDetails(Answer):
    """What the details of a mailing add."""

    message: Message = Message()


class ErrorResponse(Answer):
    """The body of an error; its message may hold personal data and is not read."""

    error_type: Code


KEY = TypeAdapter[str](Key)
PROPERTY = TypeAdapter(ContactProperty)
ENTRY = TypeAdapter(SetEntry)
HELD_CONTACT = TypeAdapter(HeldContact)
HELD_OPTION = TypeAdapter(HeldOption)
SAVED_CONTACT = TypeAdapter(SavedContact)
FED_CONTACT = TypeAdapter(FedContact)
MAILING = TypeAdapter(ListedMailing)
DETAILS = TypeAdapter(MailingDetails)


def parse[T](adapter: TypeAdapter[T], answer: object) -> T:
    """Return the answer as what it must be; what has another shape is worth another try."""
    read = parse_or_none(adapter, answer)
    if read is None:
        raise UnreadableAnswerError(DOCUMENTED)

    return read


def parse_or_none[T](adapter: TypeAdapter[T], item: object) -> T | None:
    """Return an item as what it must be, or None for what has another shape."""
    try:
        return adapter.validate_python(item)
    except ValidationError:
        return None


def parse_each[T](adapter: TypeAdapter[T], items: Iterable[object]) -> list[T | None]:
    """Return each item as what it must be, and None for what has another shape."""
    return [parse_or_none(adapter, item) for item in items]


def to_items(answer: object, *, within: str = "") -> list[object]:
    """Return the items of a list, bare or in a member of a paged object; null is an empty list.

    What has neither the member nor paging is a stranger's JSON and does not end a list.
    """
    if isinstance(answer, dict):
        if answer.keys().isdisjoint({within, "paging"}):
            raise UnreadableAnswerError(DOCUMENTED)
        answer = answer.get(within)

    if answer is None:
        return []
    if not isinstance(answer, list):
        raise UnreadableAnswerError(DOCUMENTED)

    return answer


def has_next(answer: object) -> bool:
    """Tell whether an answer says that there is a next page; its address is never followed."""
    paging = answer.get("paging") if isinstance(answer, dict) else None

    return isinstance(paging, dict) and bool(paging.get("next"))
