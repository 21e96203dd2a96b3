"""Mappings: which column goes through which converter to which property of Spotler."""

from dataclasses import dataclass
from enum import StrEnum

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.errors import MappingError
from connector.domain.property import (
    Catalogue,
    Property,
    PropertyKind,
    PropertyType,
    find_by_label,
)

_NAME, _TYPE = "name", "type"


class Origin(StrEnum):
    """Tells who made a mapping."""

    DEFAULT = "default"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Target:
    """Names a property so that it is found in every account, and after every rename.

    The key says how it is found and by what: `name:firstName`, `type:mobile`, `free:Type`. It is
    what is stored, so it never changes.
    """

    key: str

    def __post_init__(self) -> None:
        """Refuse a key that could not be looked up."""
        how, _, what = self.key.partition(":")
        if not what or how not in {_NAME, _TYPE, *PropertyKind}:
            raise MappingError("a mapping must name its property by name, type or label")

    @classmethod
    def named(cls, name: str) -> "Target":
        """Name a property by the stable name that Spotler gave it."""
        return cls(f"{_NAME}:{name}")

    @classmethod
    def typed(cls, type_: PropertyType) -> "Target":
        """Name the contact field of a type that no account has twice."""
        return cls(f"{_TYPE}:{type_}")

    @classmethod
    def labelled(cls, label: str, kind: PropertyKind) -> "Target":
        """Name a property by what people call it and the screen that it is on."""
        return cls(f"{kind}:{label}")

    @property
    def required(self) -> bool:
        """Tell whether the mapping must stay; the account must have `REQUIRED` besides."""
        return self in LOCKED

    @property
    def how(self) -> str:
        """Return by what the property is found: by name, by type, or by label and kind."""
        return self.key.partition(":")[0]

    @property
    def what(self) -> str:
        """Return the name, type or label alone."""
        return self.key.partition(":")[2]

    def find(self, catalogue: Catalogue) -> Property | None:
        """Find the property in an account."""
        how, _, what = self.key.partition(":")
        if how == _NAME:
            return next((p for p in catalogue if p.name == what), None)
        if how == _TYPE:
            contact_fields = (p for p in catalogue if p.kind is PropertyKind.CONTACT)

            return next((p for p in contact_fields if p.type == what), None)

        return find_by_label(catalogue, what, PropertyKind(how))


TYPE = Target.labelled("Type", PropertyKind.FREE)
BIRTHDAY = Target.labelled("Birthday", PropertyKind.CONTACT)
OWNER = Target.labelled("Owner", PropertyKind.PROFILE)

EMAIL = Target.named("email")

REQUIRED = (TYPE, BIRTHDAY, OWNER)
"""Is what somebody must create in an account; every account has the others of `LOCKED`."""

LOCKED = (EMAIL, *REQUIRED)
"""Is what can be neither deleted nor emptied: without an address everybody would be left out."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Takes a column of each table through a converter to a property.

    A table whose column is None sends nothing to the property. For a constant the column is the
    text itself. `lead_converter` is for a lead's column that holds the same in another way.
    """

    target: Target
    contact_column: str | None
    lead_column: str | None
    converter: Converter
    origin: Origin = Origin.DEFAULT
    deleted: bool = False
    lead_converter: Converter | None = None

    def column(self, table: Table) -> str | None:
        """Return the column to read from a table, or None when it has none."""
        return self.contact_column if table is Table.CONTACT else self.lead_column

    def converter_for(self, table: Table) -> Converter:
        """Return the converter of the table's column."""
        if table is Table.LEAD and self.lead_converter is not None:
            return self.lead_converter

        return self.converter
