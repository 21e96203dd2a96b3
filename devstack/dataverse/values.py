"""What a column can hold inside the simulator, free of any way to write it down."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice, state or status column."""

    value: int


@dataclasses.dataclass(frozen=True, slots=True)
class Lookup:
    """A reference to a row; its name is decoration and plays no part in comparing."""

    table: str
    id: str
    name: str | None = dataclasses.field(default=None, compare=False)


# A `datetime` is aware and in UTC; a bare `date` belongs to a column without a time.
type Value = str | int | float | Decimal | bool | dt.datetime | dt.date | Choice | Lookup | None
type Values = Mapping[str, Value]
