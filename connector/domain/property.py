"""Spotler's contact fields, and how the three required ones are found."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf"})
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10))
)
"""What Unicode calls a letter or a mark and no screen shows: fillers and variation selectors."""


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
    """Is one visible contact field: `name` is stable, `label` is what people may rename.

    `is_whole` tells that every option of it could be read, so `bits` leaves none out.
    """

    name: str
    label: str
    type: PropertyType
    kind: PropertyKind
    bits: tuple[int, ...] = ()
    is_whole: bool = True


type Catalogue = tuple[Property, ...]


def find_by_label(catalogue: Iterable[Property], label: str, kind: PropertyKind) -> Property | None:
    """Find the first field of a kind that reads like a label."""
    wanted = _as_read(label)

    return next((p for p in catalogue if p.kind is kind and _as_read(p.label) == wanted), None)


def _as_read(label: str) -> str:
    """Return a label as people read it: without regard to case, to blanks and to what is unseen."""
    seen = "".join(sign for sign in label if sign.isspace() or not _is_unseen(sign))

    return " ".join(seen.split()).casefold()


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in _UNSEEN_CATEGORIES or sign in _UNSEEN
