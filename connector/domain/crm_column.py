"""The columns that can be mapped: how they are named, and which converters understand which."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from connector.domain.converter import Converter

CLOCKS_APART: Final = timedelta(minutes=5)
"""Is how far the CRM's clock and ours may be apart."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,127}", re.ASCII)


class ColumnType(StrEnum):
    """Tells what a column of the CRM holds."""

    TEXT = "text"
    MEMO = "memo"
    CHOICE = "choice"
    CHOICES = "choices"
    LOOKUP = "lookup"
    OWNER = "owner"
    DATE = "date"
    DATETIME = "datetime"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CrmColumn:
    """A column as the CRM's own metadata tells of it; `labels` are by number of language.

    `label` is what is read in the language of the environment. A column that is secured against
    our user is not `is_readable`: it looks empty in every row.
    """

    name: str
    label: str
    type: ColumnType
    labels: Mapping[int, str]
    is_readable: bool = True

    @property
    def converters(self) -> Sequence[Converter]:
        """Return the converters that understand the column, the usual one first."""
        return _CONVERTERS[self.type]

    def label_in(self, language: int | None) -> str:
        """Return what the column is called in a language, or in that of the environment."""
        return self.label if language is None else self.labels.get(language, self.label)


@dataclass(frozen=True, slots=True)
class ColumnNow:
    """What the CRM says of a column at this moment: one that was deleted may be made anew."""

    is_readable: bool = True
    made_at: datetime | None = None

    def is_younger_than(self, moment: datetime | None) -> bool:
        """Tell whether the column may have been made after a moment, as far as both are known."""
        if self.made_at is None or moment is None:
            return False

        return self.made_at > moment - CLOCKS_APART


def is_column_name(name: str) -> bool:
    """Tell whether a column could be called so: nothing else ever gets into an address."""
    return _NAME.fullmatch(name) is not None


_CONVERTERS: Mapping[ColumnType, Sequence[Converter]] = {
    ColumnType.TEXT: (
        Converter.TEXT,
        Converter.EMAIL,
        Converter.POSTCODE,
        Converter.PHONE,
        Converter.MOBILE,
        Converter.GENDER,
        Converter.DATE,
    ),
    ColumnType.MEMO: (Converter.TEXT,),
    ColumnType.CHOICE: (Converter.CHOICE_LABEL, Converter.GENDER),
    ColumnType.CHOICES: (Converter.CHOICE_LABEL,),
    ColumnType.LOOKUP: (Converter.LOOKUP_NAME,),
    ColumnType.OWNER: (Converter.OWNER_NAME, Converter.LOOKUP_NAME),
    ColumnType.DATE: (Converter.DATE,),
    ColumnType.DATETIME: (Converter.DATE,),
    ColumnType.INTEGER: (Converter.TEXT,),
    ColumnType.DECIMAL: (Converter.TEXT,),
    ColumnType.MONEY: (Converter.TEXT,),
    ColumnType.BOOLEAN: (Converter.BOOLEAN, Converter.CHOICE_LABEL, Converter.TEXT),
    ColumnType.OTHER: (Converter.TEXT,),
}
