"""Spotler's contact fields, and how the three required ones are found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PropertyKind(StrEnum):
    """Tells which of Spotler's screens a field belongs to."""

    FREE = "free"
    CONTACT = "contact"
    PROFILE = "profile"


class PropertyType(StrEnum):
    """Tells what a field accepts; anything new that Spotler adds is OTHER."""

    STRING = "string"
    EMAIL = "email"
    POSTCODE = "postcode"
    MOBILE = "mobile"
    GENDER = "gender"
    BIRTHDATE = "birthdate"
    DATE = "date"
    DATE_TIME = "date_time"
    INT = "int"
    MONEY = "money"
    SET = "set"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Property:
    """Is one visible contact field: `name` is stable, `label` is what people may rename."""

    name: str
    label: str
    type: PropertyType
    kind: PropertyKind
    bits: tuple[int, ...] = ()


type Catalogue = tuple[Property, ...]


def find_by_label(catalogue: Iterable[Property], label: str, kind: PropertyKind) -> Property | None:
    """Find a field by what people call it, without regard to case, and by its kind."""
    wanted = label.casefold()

    return next((p for p in catalogue if p.kind is kind and p.label.casefold() == wanted), None)
