"""Reads a webhook's body and keeps the pointer: which row, what happened, and who did it."""

from uuid import UUID, uuid5

from pydantic import ValidationError

from connector.adapters.dataverse.context import Context, Pairs, Parent, find_named_guid, to_pairs
from connector.adapters.dataverse.guid import NO_GUID
from connector.adapters.json_body import read_json
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError
from connector.domain.event import Notification

_QUALIFY = "QualifyLead"
_MERGE, _LOSER = "Merge", "SubordinateId"


def parse_webhook(body: bytes) -> Notification:
    """Return what a webhook tells us; its body is a hint, so all but the pointer is left."""
    context = parse_context(body)
    table, row_id = _to_row(context)
    master = context.row_id if context.message == _MERGE and row_id is None else None
    operation = _to_operation(context, row_id or master)

    return Notification(
        organisation=OrganisationId(context.organisation),
        table=table,
        row_id=row_id,
        message=context.message,
        operation=operation,
        step=(context.step and context.step.id) or NO_GUID,
        correlation=context.correlation or operation,
        initiating_user=context.initiating_user,
        tag=_find_tag(context),
        created_on=context.created_on,
        columns=_find_columns(context.inputs),
        master=master,
    )


def parse_context(body: bytes) -> Context:
    """Return the execution context of a webhook, with its images."""
    try:
        return Context.model_validate(read_json(body))
    except ValidationError as error:
        raise InvalidEventError(_to_words(error)) from error
    except ValueError as error:
        raise InvalidEventError("the body must be JSON") from error


def _to_row(context: Context) -> tuple[str, str | None]:
    """Return the table and the id of the row that changed, as far as one is named.

    An action is not always called on a row; then the row is one of its parameters. A merge is
    called on the row that others go into, and names the other one in a parameter.
    """
    if context.message == _MERGE:
        return context.table, find_named_guid(context.inputs.get(_LOSER))

    is_elsewhere = context.message == _QUALIFY and context.table != "lead"
    if context.row_id is not None and not is_elsewhere:
        return context.table, context.row_id

    row = _find_reference(context.inputs, "LeadId" if is_elsewhere else "Target")
    row = row or _find_reference(context.inputs, "LeadId")

    return row or ("lead" if is_elsewhere else context.table, None)


def _find_columns(inputs: Pairs) -> frozenset[str] | None:
    """Find the names of the columns that were written; a body that was cut short tells none."""
    target = inputs.get("Target")
    attributes = target.get("Attributes") if isinstance(target, dict) else None

    return frozenset(to_pairs(attributes)) if isinstance(attributes, list) else None


def _find_reference(inputs: Pairs, name: str) -> tuple[str, str] | None:
    """Find the table and the id of a row in a parameter."""
    target = inputs.get(name)
    if not isinstance(target, dict):
        return None

    table, row_id = target.get("LogicalName"), find_named_guid(target.get("Id"))
    if not isinstance(table, str) or row_id is None:
        return None

    return table, row_id


def _to_operation(context: Context, row_id: str | None) -> str:
    """Return what the same event has again, and no other: without an operation, made of the rest.

    The moment is part of it, for one request may change one row twice.
    """
    if context.operation != NO_GUID:
        return context.operation

    cause = context.request or context.correlation or NO_GUID
    event = f"{context.table}/{row_id}/{context.message}/{context.created_on}"

    return str(uuid5(UUID(cause), event))


def _find_tag(context: Context) -> str | None:
    """Find the mark that we put on our own writes, here or in the same operation seen earlier."""
    tag = context.shared.get("tag")
    if tag is None and context.parent is not None and _is_same(context.parent, context):
        tag = context.parent.shared.get("tag")

    return tag if isinstance(tag, str) else None


def _is_same(parent: Parent, context: Context) -> bool:
    """Tell our operation from one above it.

    A plug-in that answers our write with a write of its own has ours further up, tag and all;
    what it changed is news to us.
    """
    return parent.message == context.message and parent.row_id == context.row_id


def _to_words(error: ValidationError) -> str:
    """Say which member is wrong and what it must be, never what it is."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    member = ".".join(str(part) for part in first["loc"]) or "the body"

    reason = first["msg"].removeprefix("Value error, ")

    return f"{member}: {reason[0].lower()}{reason[1:]}"
