"""The database fields of an account: which exist, which are visible, what they are called."""

import dataclasses
from collections.abc import Iterable
from enum import StrEnum

PERMISSIONS = "permissions"


class FieldType(StrEnum):
    """The vendor's property types."""

    BIRTHDATE = "birthdate"
    DATE = "date"
    DATE_TIME = "dateTime"
    EMAIL = "email"
    GENDER = "gender"
    INT = "int"
    MOBILE = "mobNr"
    MONEY = "money"
    POSTCODE = "postcode"
    SET = "set"
    STRING = "string"


@dataclasses.dataclass(slots=True)
class Entry:
    """One option of a set field."""

    bit: int
    description: str
    rank: int


@dataclasses.dataclass(slots=True)
class Field:
    """One database field; a rename changes the description and never the name."""

    name: str
    description: str
    type: FieldType = FieldType.STRING
    visible: bool = True
    entries: dict[int, Entry] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the field as the API lists it."""
        listed: dict[str, object] = {
            "name": self.name,
            "description": self.description,
            "type": self.type,
        }
        if self.type is FieldType.SET:
            listed["entries"] = [dataclasses.asdict(entry) for entry in self.entries.values()]

        return listed


class Catalogue:
    """All fields of an account, found by name."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}
        self.visible: dict[str, Field] = {}
        self._refresh()

    def all(self) -> list[Field]:
        """Return every field, also what users cannot see."""
        return list(self._fields.values())

    def find(self, name: str) -> Field | None:
        """Return a field by name, visible or not."""
        return self._fields.get(name)

    def put(self, field: Field) -> None:
        """Add a field, or replace the one of that name."""
        self._fields[field.name] = field
        self._refresh()

    def remove(self, name: str) -> bool:
        """Delete a field and say whether it was there."""
        gone = self._fields.pop(name, None)
        self._refresh()

        return gone is not None

    @property
    def permissions(self) -> dict[int, Entry]:
        """Return the permissions of the account by bit."""
        field = self._fields.get(PERMISSIONS)
        return {} if field is None else field.entries

    def _refresh(self) -> None:
        self.visible = {name: field for name, field in self._fields.items() if field.visible}
