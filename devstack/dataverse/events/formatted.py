"""The texts that a user would see; they travel beside the values and must never drive logic."""

import datetime as dt
from collections.abc import Mapping

from devstack.dataverse.schema.table import Column
from devstack.dataverse.store import Store
from devstack.dataverse.values import Choice, Lookup, Value, Values


def formatted_values(store: Store, table: str, row: Values) -> Mapping[str, str]:
    """Return the text of every column that has one."""
    columns = store.table(table).columns
    found: dict[str, str] = {}
    for name, content in row.items():
        if (text := _text(store, columns.get(name), content)) is not None:
            found[name] = text

    return found


def _text(store: Store, column: Column | None, content: Value) -> str | None:
    if isinstance(content, Lookup):
        return content.name or row_name(store, content.table, content.id)

    if isinstance(content, (dt.datetime, dt.date)):
        return content.isoformat()

    if column is not None and isinstance(content, (Choice, bool)):
        number = content.value if isinstance(content, Choice) else int(content)
        return column.options.get(number)

    return None


def row_name(store: Store, table: str, row_id: str) -> str | None:
    """Return what a row is called, or None when it or its name is not there."""
    row = store.find(table, row_id)
    primary = store.table(table).primary_name
    if row is None or primary is None:
        return None

    name = row.get(primary)

    return name if isinstance(name, str) else None
