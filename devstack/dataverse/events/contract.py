r"""Writes values as the platform's data contract serialiser does: typed, with `\/` and `/Date()/`.

A value stands in a slot that is declared as "object", so what is not plain names its type.
https://learn.microsoft.com/power-apps/developer/data-platform/understand-the-data-context
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from devstack.dataverse.schema.table import Kind, Table
from devstack.dataverse.values import Choice, Lookup, Values

type Json = Mapping[str, "Json"] | list["Json"] | str | int | float | bool | None

_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1)
_DAY = 86_400_000
_MILLISECOND = dt.timedelta(milliseconds=1)

_NO_NAMES: Mapping[str, str] = {}

_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def encode(value: Json) -> bytes:
    """Return the bytes that travel; a slash can stand in texts only, where it is escaped."""
    return _ENCODER.encode(value).replace("/", "\\/").encode()


def pairs(items: Iterable[tuple[str, Json]]) -> list[Json]:
    """Write a dictionary the way of the serialiser, as a list of keys and values."""
    return [{"key": key, "value": value} for key, value in items]


def milliseconds(moment: dt.datetime | dt.date) -> int:
    """Return the milliseconds since 1970; a bare date is midnight UTC."""
    if isinstance(moment, dt.datetime):
        return (moment - _EPOCH) // _MILLISECOND

    return (moment - _EPOCH_DAY).days * _DAY


def operation_time(moment: dt.datetime, offset_minutes: int) -> str:
    """Write the time of an operation; adding the offset to it gives the true time."""
    sign = "-" if offset_minutes < 0 else "+"
    hours, minutes = divmod(abs(offset_minutes), 60)
    shifted = milliseconds(moment) - offset_minutes * 60_000

    return f"/Date({shifted}{sign}{hours:02}{minutes:02})/"


def reference(lookup: Lookup, *, name: str | None = None) -> dict[str, Json]:
    """Write a reference to a row with its type."""
    return {"__type": f"EntityReference:{_CONTRACTS}", **untyped_reference(lookup, name=name)}


def untyped_reference(lookup: Lookup, *, name: str | None = None) -> dict[str, Json]:
    """Write a reference to a row where its type is declared."""
    return {
        "Id": lookup.id,
        "KeyAttributes": [],
        "LogicalName": lookup.table,
        "Name": name,
        "RowVersion": None,
    }


def entity(
    table: Table,
    row_id: str,
    attributes: list[Json],
    formatted: Mapping[str, str],
    *,
    typed: bool,
) -> dict[str, Json]:
    """Write a row; inside an image it goes without its type."""
    written: dict[str, Json] = {
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": pairs(formatted.items()),
        "Id": row_id,
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }

    return {"__type": f"Entity:{_CONTRACTS}", **written} if typed else written


def value(content: object, kind: Kind | None = None, *, wrapped: bool = False) -> Json:
    """Write one value; a column's kind tells money from numbers and ids from texts."""
    if content is None or isinstance(content, bool):
        return content

    if isinstance(content, Choice):
        return _typed("OptionSetValue", content.value)

    if isinstance(content, Lookup):
        return reference(content)

    if isinstance(content, (list, tuple)):
        return [value(one, kind, wrapped=wrapped) for one in content]

    return _primitive(content, kind, wrapped=wrapped)


def attributes(
    table: Table, row: Values, *, wrapped: bool, names: Mapping[str, str] = _NO_NAMES
) -> list[Json]:
    """Write the columns of a row that are given; one that was cleared is there with null."""
    kinds = table.columns
    written: list[Json] = []
    for key, content in row.items():
        if key not in kinds:
            continue  # a row keeps what it held in a column that was deleted

        if isinstance(content, Lookup):
            written.append({"key": key, "value": reference(content, name=names.get(key))})
        else:
            kept = value(content, kinds[key].kind, wrapped=wrapped)
            written.append({"key": key, "value": kept})

    return written


def _primitive(content: object, kind: Kind | None, *, wrapped: bool) -> Json:
    if isinstance(content, str):
        return _system("Guid", content, wrapped=wrapped) if kind is Kind.GUID else content

    if isinstance(content, (dt.datetime, dt.date)):
        return _system("DateTime", f"/Date({milliseconds(content)})/", wrapped=wrapped)

    if isinstance(content, (int, float, Decimal)):
        return _number(content, kind)

    raise TypeError(f"no contract for {type(content).__name__}")


def _number(content: float | Decimal, kind: Kind | None) -> Json:
    plain = float(content) if isinstance(content, Decimal) else content

    return _typed("Money", plain) if kind is Kind.MONEY else plain


def _typed(name: str, content: Json) -> Json:
    return {"__type": f"{name}:{_CONTRACTS}", "Value": content}


def _system(name: str, text: str, *, wrapped: bool) -> Json:
    return {"__type": f"{name}:#System", "__value": text} if wrapped else text
