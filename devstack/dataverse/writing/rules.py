"""What the platform checks about particular tables when a row is written."""

from collections.abc import Callable

from devstack.dataverse.errors import DataverseError, read_only_row
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row, Store
from devstack.dataverse.values import Choice, Lookup, Values
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


def check_change(table: Table, before: Row, given: Values, *, lock_closed_leads: bool) -> None:
    """Refuse to edit a lead that is no longer open."""
    if table.name != "lead" or not lock_closed_leads or before.get("statecode") == Choice(0):
        return

    if given.keys() - STATE_COLUMNS - {"ownerid"} and given.get("statecode") != Choice(0):
        raise read_only_row(table)


def _check_step(values: Values, _: Store) -> None:
    asynchronous = values.get("mode") == Choice(_ASYNCHRONOUS)
    if asynchronous and values.get("stage") != Choice(_POST_OPERATION):
        raise DataverseError(
            400,
            "0x8004416a",
            "Only SdkMessageProcessingStep with Post-Operation stage can run asynchronously.",
        )


def _check_image(values: Values, store: Store) -> None:
    message = _message_of_step(values, store)
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


def _message_of_step(values: Values, store: Store) -> str:
    step_of = values.get("sdkmessageprocessingstepid")
    step = store.find(step_of.table, step_of.id) if isinstance(step_of, Lookup) else None
    message_of = step.get("sdkmessageid") if step is not None else None
    message = (
        store.find(message_of.table, message_of.id) if isinstance(message_of, Lookup) else None
    )

    return str(message.get("name")) if message is not None else ""


_RULES: dict[str, Callable[[Values, Store], None]] = {
    "sdkmessageprocessingstep": _check_step,
    "sdkmessageprocessingstepimage": _check_image,
}
