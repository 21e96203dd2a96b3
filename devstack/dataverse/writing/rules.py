"""What the platform checks about particular tables when a row is written."""

from collections.abc import Callable

from devstack.dataverse.errors import DataverseError, read_only_row
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row, Store
from devstack.dataverse.values import Choice, Lookup, Value, Values
from devstack.dataverse.writing.states import STATE_COLUMNS

_ASYNCHRONOUS = 1
_POST_OPERATION = 40
_PRE_IMAGE, _POST_IMAGE = 0, 1
_IMAGE_PROPERTY = {"Create": "Id", "Update": "Target", "Delete": "Target"}


def check_new(table: Table, values: Values, store: Store) -> None:
    """Refuse a new row that its table does not allow."""
    for column in table.columns.values():
        if column.required and values.get(column.name) is None:
            raise DataverseError(
                400,
                "0x80040203",
                f"Attribute: {column.name} cannot be set to NULL.",
            )

    rule = _RULES.get(table.name)
    if rule is not None:
        rule(values, store)


def check_change(
    table: Table, before: Row, given: Values, store: Store, *, lock_closed_leads: bool
) -> None:
    """Refuse a change that its table does not allow, such as of a lead that is not open."""
    rule = _RULES.get(table.name)
    if rule is not None:
        rule({**before.values, **given}, store)

    if table.name != "lead" or not lock_closed_leads or before.get("statecode") == Choice(0):
        return

    if given.keys() - STATE_COLUMNS - {"ownerid"} and given.get("statecode") != Choice(0):
        raise read_only_row(table)


def _check_step(values: Values, store: Store) -> None:
    asynchronous = values.get("mode") == Choice(_ASYNCHRONOUS)
    if asynchronous and values.get("stage") != Choice(_POST_OPERATION):
        raise DataverseError(
            400,
            "0x8004416a",
            "Only SdkMessageProcessingStep with Post-Operation stage can run asynchronously.",
        )

    _check_columns(_table_of_step(values, store), values.get("filteringattributes"))


def _check_image(values: Values, store: Store) -> None:
    step = _referenced(values, "sdkmessageprocessingstepid", store)
    message = str(_referenced(step, "sdkmessageid", store).get("name", ""))
    _check_columns(_table_of_step(step, store), values.get("attributes"))
    wanted = _IMAGE_PROPERTY.get(message, "Target")
    name = values.get("messagepropertyname")
    if name != wanted:
        raise DataverseError(
            400,
            "0x8004416b",
            f"PropertyName {name} isn't valid for message {message}; it must be {wanted}.",
        )

    kind = values.get("imagetype")
    if (message == "Create" and kind != Choice(_POST_IMAGE)) or (
        message == "Delete" and kind != Choice(_PRE_IMAGE)
    ):
        raise DataverseError(
            400, "0x8004416c", f"The image type is not supported for message {message}."
        )


def _check_columns(table: Table | None, listed: Value) -> None:
    if table is None or not isinstance(listed, str):
        return

    for name in (part.strip() for part in listed.split(",")):
        if name not in table.columns:
            raise DataverseError(
                400,
                "0x80041103",
                f"'{table.name}' entity doesn't contain attribute with Name = '{name}' and "
                "NameMapping = 'Logical'.",
            )


def _table_of_step(step: Values, store: Store) -> Table | None:
    """Return the table that a step is for, or None when it is for all of them."""
    name = _referenced(step, "sdkmessagefilterid", store).get("primaryobjecttypecode")

    return store.table(name) if isinstance(name, str) else None


def _referenced(values: Values, column: str, store: Store) -> Values:
    """Return the row that a lookup leads to; nothing when it leads nowhere."""
    lookup = values.get(column)
    row = store.find(lookup.table, lookup.id) if isinstance(lookup, Lookup) else None

    return {} if row is None else row.values


_RULES: dict[str, Callable[[Values, Store], None]] = {
    "sdkmessageprocessingstep": _check_step,
    "sdkmessageprocessingstepimage": _check_image,
}
