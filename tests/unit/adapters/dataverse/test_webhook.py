"""Whatever Dataverse posts is read as the same pointer."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.dataverse.webhook import parse_webhook
from tests.unit.adapters.dataverse.webhook_bodies import (
    LEAD,
    NO_GUID,
    PAYLOADS,
    SANNE,
    UPDATED,
    Body,
    a_body,
    parse,
    without,
)

CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"


@pytest.mark.parametrize(
    ("name", "table", "row_id", "message"),
    [
        pytest.param("contact_create", "contact", SANNE, "Create", id="contact-created"),
        pytest.param("contact_update_email", "contact", SANNE, "Update", id="contact-updated"),
        pytest.param(
            "contact_create_from_lead",
            "contact",
            "48a1d6f0-1a1f-f111-8341-6045bd9c4e03",
            "Create",
            id="contact-from-lead",
        ),
        pytest.param("lead_update_qualified", "lead", LEAD, "Update", id="lead-updated"),
        pytest.param("lead_qualifylead", "lead", LEAD, "QualifyLead", id="lead-qualified"),
    ],
)
def test_payload_points_to_row(name: str, table: str, row_id: str, message: str) -> None:
    """
    Each of the webhooks that we register is read as the row it is about.
    """
    notification = parse_webhook((PAYLOADS / f"{name}.json").read_bytes())

    assert (notification.table, notification.row_id) == (table, row_id)
    assert notification.message == message


def test_whole_pointer_is_read() -> None:
    """
    A pointer holds who, what, where and when.
    """
    assert parse(a_body()) == UPDATED


OTHER_SHAPES: dict[str, Callable[[Body], Body]] = {
    "fewer-members": lambda body: without(
        body,
        "InitiatingUserAgent",
        "InitiatingUserAzureActiveDirectoryObjectId",
        "UserAzureActiveDirectoryObjectId",
    ),
    "more-members": lambda body: body | {"Novelty": [{"deep": [1.5, None, {}]}]},
    "other-order": lambda body: dict(reversed(body.items())),
    "upper-case": lambda body: body | {"PrimaryEntityId": SANNE.upper()},
    "braces": lambda body: body | {"PrimaryEntityId": f"{{{SANNE}}}"},
    "wrapped-id": lambda body: (
        body | {"PrimaryEntityId": {"__type": "Guid:#System", "__value": SANNE}}
    ),
    "wrapped-date": lambda body: (
        body
        | {"OperationCreatedOn": {"__type": "DateTime:#System", "__value": "/Date(1773320525000)/"}}
    ),
    "date-with-offset": lambda body: body | {"OperationCreatedOn": "/Date(1773345725000-0700)/"},
    "zeros-and-target": lambda body: body | {"PrimaryEntityId": NO_GUID},
    "null-and-target": lambda body: body | {"PrimaryEntityId": None},
    "absent-and-target": lambda body: without(body, "PrimaryEntityId"),
    "wrapped-target": lambda body: (
        body
        | {
            "PrimaryEntityId": NO_GUID,
            "InputParameters": [
                {
                    "key": "Target",
                    "value": {
                        "__type": f"EntityReference:{CONTRACTS}",
                        "Id": {"__type": "Guid:#System", "__value": SANNE.upper()},
                        "LogicalName": "contact",
                    },
                }
            ],
        }
    ),
    "no-parent": lambda body: body | {"ParentContext": None},
    "old-request": lambda body: body | {"RequestId": None},
}

DROPPED = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")


def a_merge(**members: object) -> Body:
    loser = {"key": "SubordinateId", "value": LEAD}

    return a_body() | {"MessageName": "Merge", "InputParameters": [loser], **members}


def test_merge_points_to_who_went() -> None:
    """
    A merge that says which row went is about that row.
    """
    notification = parse(a_merge())

    assert (notification.row_id, notification.master) == (LEAD, None)


@pytest.mark.parametrize(
    "truncate",
    [
        pytest.param(lambda body: without(body, *DROPPED), id="absent"),
        pytest.param(lambda body: body | dict.fromkeys(DROPPED), id="null"),
        pytest.param(lambda body: body | {name: [] for name in DROPPED}, id="empty"),
        pytest.param(lambda body: body | {"InputParameters": [{"key": "x"}]}, id="without it"),
    ],
)
def test_merge_that_was_cut_short_names_who_is_left(truncate: Callable[[Body], Body]) -> None:
    """
    A merge that does not say which row went says which one is left.
    """
    notification = parse(truncate(a_merge()))

    assert (notification.message, notification.row_id) == ("Merge", None)
    assert notification.master == SANNE


def test_merge_of_nobody_names_nobody() -> None:
    """
    A merge that names no row at all is about none, and other messages have no one who is left.
    """
    cut = without(a_merge(PrimaryEntityId=NO_GUID), *DROPPED)

    assert (parse(cut).row_id, parse(cut).master) == (None, None)
    assert parse(without(a_body(), *DROPPED)).master is None


@pytest.mark.parametrize("shape", OTHER_SHAPES)
def test_shapes_mean_the_same(shape: str) -> None:
    """
    Environments write the same event in several ways; a reference has no columns.
    """
    told = None if shape == "wrapped-target" else UPDATED.columns

    assert parse(OTHER_SHAPES[shape](a_body())) == replace(UPDATED, columns=told)


@pytest.mark.parametrize(
    "truncate",
    [
        pytest.param(lambda body: without(body, *DROPPED), id="absent"),
        pytest.param(lambda body: body | dict.fromkeys(DROPPED), id="null"),
        pytest.param(lambda body: body | {name: [] for name in DROPPED}, id="empty-lists"),
        pytest.param(lambda body: body | {name: {} for name in DROPPED}, id="empty-objects"),
        pytest.param(lambda body: body | dict.fromkeys(DROPPED, ""), id="empty-texts"),
    ],
)
def test_truncated_context_is_enough(truncate: Callable[[Body], Body]) -> None:
    """
    A context over the size limit loses its values and its columns, and keeps its pointer.
    """
    assert parse(truncate(a_body())) == replace(UPDATED, columns=None)


shapes = st.lists(st.sampled_from(sorted(OTHER_SHAPES.keys() - {"wrapped-target"})), max_size=6)

spaces = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")])


@given(shapes, spaces, st.booleans())
def test_mixed_shapes_mean_the_same(
    shapes: list[str], separators: tuple[str, str], escaped: bool
) -> None:
    """
    Any mixture of the ways to write an event is the same event.
    """
    body = a_body()
    for shape in shapes:
        body = OTHER_SHAPES[shape](body)
    text = json.dumps(body, separators=separators)

    assert parse_webhook((text.replace("/", r"\/") if escaped else text).encode()) == UPDATED


@pytest.mark.parametrize(
    "table",
    [
        pytest.param("lead", id="bound-to-lead"),
        pytest.param("none", id="bound-to-nothing"),
    ],
)
def test_qualification_is_about_lead(table: str) -> None:
    """
    A qualification is about the lead, even where only a parameter names it.
    """
    body = a_body("lead_qualifylead") | {"PrimaryEntityName": table, "PrimaryEntityId": NO_GUID}

    notification = parse(body)

    assert (notification.table, notification.row_id) == ("lead", LEAD)


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param([], id="no-parameters"),
        pytest.param([{"key": "Target", "value": SANNE}], id="no-reference"),
        pytest.param([{"key": "Target", "value": {"Id": SANNE}}], id="no-table"),
        pytest.param(
            [{"key": "Target", "value": {"Id": NO_GUID, "LogicalName": "contact"}}], id="zeros"
        ),
        pytest.param(
            [{"key": "Target", "value": {"Id": "canary", "LogicalName": "contact"}}], id="no-id"
        ),
    ],
)
@pytest.mark.parametrize(
    ("table", "message", "about"),
    [
        ("contact", "Update", "contact"),
        ("none", "new_DoAll", "none"),
        ("none", "QualifyLead", "lead"),
    ],
)
def test_event_without_row_tells_its_table(
    inputs: list[object], table: str, message: str, about: str
) -> None:
    """
    Whether an event that names no row anywhere concerns us, its table and message tell.
    """
    body = a_body() | {"PrimaryEntityId": NO_GUID, "InputParameters": inputs}

    notification = parse(body | {"PrimaryEntityName": table, "MessageName": message})

    assert (notification.table, notification.row_id) == (about, None)


def test_missing_step_is_zeros() -> None:
    """
    What only groups events may be missing.
    """
    body = without(a_body(), "OwningExtension", "CorrelationId", "InitiatingUserId")

    notification = parse(body | {"OperationCreatedOn": "yesterday"})

    assert notification.step == NO_GUID
    assert notification.correlation == notification.operation
    assert notification.initiating_user is None
    assert notification.created_on is None


def test_odd_row_is_in_target() -> None:
    """
    A row id that is none is looked for in the parameters.
    """
    assert parse(a_body() | {"PrimaryEntityId": "text"}) == UPDATED


OTHER = "99999999-0f1c-f111-8341-6045bd9c4e03"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"RequestId": OTHER}, id="request"),
        pytest.param({"PrimaryEntityId": OTHER}, id="row"),
        pytest.param({"MessageName": "Delete"}, id="message"),
        pytest.param({"OperationCreatedOn": "/Date(1773320525001)/"}, id="moment"),
        pytest.param({"RequestId": NO_GUID}, id="correlation-only"),
        pytest.param({"RequestId": None, "CorrelationId": OTHER}, id="other-correlation"),
        pytest.param({"RequestId": None, "CorrelationId": NO_GUID}, id="neither"),
    ],
)
def test_event_without_operation_is_told_apart(change: Body) -> None:
    """
    Without an operation id an event is the same when it comes again, and no other is.
    """
    body = a_body() | {"OperationId": NO_GUID, "RequestId": LEAD}

    assert parse(body).operation == parse(dict(body)).operation
    assert parse(body).operation != parse(body | change).operation
    assert parse(body | change).operation == parse(body | change).operation
