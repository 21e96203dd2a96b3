"""Rows of the Web API in our own words: what to ask for by which name, and what came of it."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from connector.adapters.dataverse.guid import to_guid
from connector.adapters.dataverse.models import CountAnswer, Row
from connector.domain.contact import Column, Record, RecordId, RecordKey, Table
from connector.domain.errors import ConfigurationError, TransientError

KEYS: Final = {Table.CONTACT: "contactid", Table.LEAD: "leadid"}
LABEL: Final = "OData.Community.Display.V1.FormattedValue"

_VERSION = re.compile(r'(?:W/")?([0-9]{1,19})"?')
_HIGHEST_VERSION = 2**63 - 1
_NAME = re.compile(r"[a-z][a-z0-9_]{0,127}", re.ASCII)


def select_of(table: Table, properties: Mapping[str, str]) -> str:
    """Return the `$select` of a table: its key and version, and these properties."""
    names = [KEYS[table], "versionnumber", "modifiedon", *properties.values()]

    return ",".join(dict.fromkeys(names))


def any_of(name: str, ids: Iterable[str]) -> str:
    """Return the condition that a column is one of some ids."""
    return " or ".join(f"{name} eq {id_}" for id_ in ids)


def properties_of(columns: Iterable[Column]) -> dict[str, str]:
    """Return the name in the Web API of each column, by its own name."""
    return {column.name: _property(column) for column in columns}


def to_count(answer: object, table: Table) -> int:
    """Return how many rows an answer says that a table has."""
    try:
        counts = CountAnswer.model_validate(answer).counts
        return dict(zip(counts.names, counts.values, strict=True))[table]
    except (ValidationError, ValueError, KeyError) as error:
        raise TransientError("the CRM must answer with a count of rows") from error


def _property(column: Column) -> str:
    """Return a column's name in the Web API."""
    if not _NAME.fullmatch(column.name):
        raise ConfigurationError("a mapped column must be named as the CRM names columns")

    return f"_{column.name}_value" if column.is_lookup else column.name


def to_record(table: Table, row: Row, properties: Mapping[str, str]) -> Record:
    """Return a row in our own words, and no column that was not asked for."""
    labels = {name: row.get(f"{property_}@{LABEL}") for name, property_ in properties.items()}

    return Record(
        key=RecordKey(table, to_id(row, KEYS[table])),
        version=_to_version(row),
        columns={name: row.get(property_) for name, property_ in properties.items()},
        labels={name: str(label) for name, label in labels.items() if label is not None},
        modified_on=_to_time(row),
    )


def to_id(row: Row, name: str) -> RecordId:
    """Return the id that a property holds."""
    try:
        return RecordId(to_guid(row.get(name)))
    except ValueError as error:
        raise TransientError(f"each row of the CRM must have its {name}") from error


def _to_version(row: Row) -> int:
    """Return the row's version, which is also its etag."""
    version = _VERSION.fullmatch(str(row.get("versionnumber") or row.get("@odata.etag")))
    if version is None or int(version[1]) > _HIGHEST_VERSION:
        raise TransientError("each row of the CRM must have its version")

    return int(version[1])


def _to_time(row: Row) -> datetime | None:
    modified_on = row.get("modifiedon")
    if modified_on is None:
        return None

    try:
        return datetime.fromisoformat(str(modified_on)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TransientError("each row of the CRM must have a readable modifiedon") from error
