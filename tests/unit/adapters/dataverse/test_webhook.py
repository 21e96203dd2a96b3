"""Whatever Dataverse posts is read as the same pointer, or refused by the name of what is wrong."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.adapters.dataverse.context import find_image, find_time
from connector.adapters.dataverse.webhook import parse_context, parse_webhook
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError
from connector.domain.event import Notification

type Body = dict[str, Any]

PAYLOADS = Path("tests/payloads/dataverse")
NO_GUID = "00000000-0000-0000-0000-000000000000"
SANNE = "2d9f6b1a-6c1d-f111-8341-6045bd9c4e03"
LEAD = "e07b5c2f-0f1c-f111-8341-6045bd9c4e03"
CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"

UPDATED = Notification(
    organisation=OrganisationId("7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"),
    table="contact",
    row_id=SANNE,
    message="Update",
    operation="7b1c94e8-121e-f111-8341-6045bd9c4e03",
    step="a4c0a4de-3f1a-f111-8341-6045bd9c4e03",
    correlation="0d8a3c17-91f4-4f7e-8b26-c1f3b7a9e502",
    initiating_user="c8d64f10-5a0b-ef11-9f89-6045bd9a1c22",
    created_on=datetime(2026, 3, 12, 13, 2, 5, tzinfo=UTC),
)


def a_body(name: str = "contact_update_email") -> Body:
    body: Body = json.loads((PAYLOADS / f"{name}.json").read_text())

    return body


def parse(body: object) -> Notification:
    return parse_webhook(json.dumps(body).encode())


def without(body: Body, *names: str) -> Body:
    return {name: value for name, value in body.items() if name not in names}


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


@pytest.mark.parametrize("shape", OTHER_SHAPES)
def test_shapes_mean_the_same(shape: str) -> None:
    """
    Environments write the same event in several ways.
    """
    assert parse(OTHER_SHAPES[shape](a_body())) == UPDATED


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
    A context over the size limit loses its values and keeps its pointer.
    """
    assert parse(truncate(a_body())) == UPDATED


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


def tagged(tag: object) -> list[object]:
    return [{"key": "AcceptLang", "value": "nl"}, {"key": "tag", "value": tag}]


@pytest.mark.parametrize(
    ("change", "tag"),
    [
        pytest.param({"SharedVariables": tagged("ours")}, "ours", id="own"),
        pytest.param(
            {"SharedVariables": tagged({"__type": "x", "__value": "ours"})}, "ours", id="wrapped"
        ),
        pytest.param({"SharedVariables": tagged(7)}, None, id="number"),
        pytest.param({"SharedVariables": []}, None, id="none"),
    ],
)
def test_tag_is_read(change: Body, tag: str | None) -> None:
    """
    The mark on our own writes comes back in the shared variables.
    """
    assert parse(a_body() | change).tag == tag


@pytest.mark.parametrize(
    ("change", "tag"),
    [
        pytest.param({}, "ours", id="same-operation"),
        pytest.param({"MessageName": "Assign"}, None, id="other-message"),
        pytest.param({"PrimaryEntityId": LEAD}, None, id="other-row"),
        pytest.param({"SharedVariables": None}, None, id="untagged"),
    ],
)
def test_tag_of_parent_is_guarded(change: Body, tag: str | None) -> None:
    """
    What a customer's logic changes in answer to our write is not our echo.
    """
    parent = {
        "MessageName": "Update",
        "PrimaryEntityId": SANNE.upper(),
        "SharedVariables": tagged("ours"),
    }
    body = a_body() | {"SharedVariables": None, "ParentContext": parent | change}

    assert parse(body).tag == tag


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"OrganizationId": "canary"}, "OrganizationId: must be a GUID", id="text"),
        pytest.param({"OrganizationId": None}, "OrganizationId: must be a GUID", id="null"),
        pytest.param({"OrganizationId": NO_GUID}, "OrganizationId: must not be zeros", id="zeros"),
        pytest.param({"OperationId": 7}, "OperationId: must be a GUID", id="number"),
        pytest.param(
            {"PrimaryEntityName": 7},
            "PrimaryEntityName: input should be a valid string",
            id="table-number",
        ),
        pytest.param(
            {"MessageName": ""},
            "MessageName: string should have at least 1 character",
            id="no-message",
        ),
    ],
)
def test_wrong_member_is_named(change: Body, sentence: str) -> None:
    """
    The error names the member that is wrong, never what it held.
    """
    with pytest.raises(InvalidEventError) as caught:
        parse(a_body() | change)

    assert str(caught.value) == sentence
    assert "canary" not in str(caught.value.__cause__)


OPTIONAL = (
    "PreEntityImages",
    "PostEntityImages",
    "SharedVariables",
    "InputParameters",
    "OutputParameters",
    "InitiatingUserId",
    "OwningExtension",
    "ParentContext",
    "CorrelationId",
    "RequestId",
    "OperationCreatedOn",
)


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize(
    "value",
    ["text", 7, True, [1], ["text"], [{"key": ["k"]}], {"Id": "x"}, {"__value": []}],
    ids=str,
)
def test_odd_member_loses_no_event(name: str, value: object) -> None:
    """
    A member that does not identify the event may have any shape.
    """
    notification = parse(a_body() | {name: value})

    assert (notification.row_id, notification.operation) == (SANNE, UPDATED.operation)


def test_odd_row_is_in_target() -> None:
    """
    A row id that is none is looked for in the parameters.
    """
    assert parse(a_body() | {"PrimaryEntityId": "text"}) == UPDATED


def test_odd_pairs_are_left_out() -> None:
    """
    A pair that is none does not hide the others.
    """
    odd: list[object] = [7, {"value": "no key"}, {"key": ["list"], "value": 1}]

    assert parse(a_body() | {"SharedVariables": [*odd, *tagged("ours")]}).tag == "ours"


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


@pytest.mark.parametrize(
    "name", ["OrganizationId", "PrimaryEntityName", "MessageName", "OperationId"]
)
def test_missing_member_is_named(name: str) -> None:
    """
    Without its identity a context is no event.
    """
    with pytest.raises(InvalidEventError, match=f"^{name}: field required$"):
        parse(without(a_body(), name))


GOOD = json.dumps(a_body()).encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"{}", id="no-member"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, id="deep-lists"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="deep-objects"),
        pytest.param(b"[" * 10_000, id="deep-and-open"),
        pytest.param(GOOD[:-1], id="cut-off"),
        pytest.param(GOOD + b"}", id="too-long"),
        pytest.param(GOOD.replace(b"Sanne", b"\xff\xfe"), id="no-utf-8"),
        pytest.param(GOOD.replace(b'"Depth": 1', b'"Depth": NaN'), id="not-a-number"),
        pytest.param(GOOD.replace(b'"Depth": 1', b'"Depth": -Infinity'), id="infinite"),
        pytest.param(GOOD.replace(b'"Depth": 1', b'"Depth": ' + b"9" * 100_000), id="huge-number"),
        pytest.param(GOOD.decode().encode("utf-16"), id="utf-16"),
    ],
)
def test_broken_body_is_refused(body: bytes) -> None:
    """
    What is not JSON, or no context, is refused and crashes nothing.
    """
    with pytest.raises(InvalidEventError):
        parse_webhook(body)


def test_repeated_member_takes_last() -> None:
    """
    A member that is there twice counts as it stands last, as JSON parsers agree.
    """
    twice = GOOD.replace(b'"MessageName": "Update"', b'"MessageName": 7, "MessageName": "Update"')

    assert twice.count(b"7, ") == GOOD.count(b'"MessageName": "Update"') > 0
    assert parse_webhook(twice) == UPDATED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.binary())
def test_no_bytes_crash(body: bytes) -> None:
    """
    Arbitrary bytes are refused in the one way that callers know.
    """
    with pytest.raises(InvalidEventError):
        parse_webhook(body)


@given(json_values)
def test_no_json_crashes(value: object) -> None:
    """
    Arbitrary JSON is refused in the one way that callers know.
    """
    with pytest.raises(InvalidEventError):
        parse(value)


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield each object or list of a body with each of its keys."""
    if not isinstance(value, dict | list):
        return

    inside = list(value.items() if isinstance(value, dict) else enumerate(value))
    for key, inner in inside:
        yield value, key
        yield from places(inner)


@settings(max_examples=300)
@given(st.data(), json_values)
def test_no_mutation_crashes(data: st.DataObject, value: object) -> None:
    """
    Any value anywhere in a context leaves a pointer, or is refused in the one way.
    """
    body = a_body(data.draw(st.sampled_from(["contact_update_email", "lead_qualifylead"])))
    members = {name: [(body, name), *places(body[name])] for name in sorted(body)}
    container, key = data.draw(st.sampled_from(members[data.draw(st.sampled_from([*members]))]))
    container[key] = deepcopy(value)

    try:
        context = parse_context(json.dumps(body).encode())
        find_image(context.after, "spotler_post")
        notification = parse(body)
    except InvalidEventError:
        return

    assert notification.organisation == body["OrganizationId"]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        pytest.param("/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC), id="epoch"),
        pytest.param("/Date(-86400000)/", datetime(1969, 12, 31, tzinfo=UTC), id="before-epoch"),
        pytest.param("/Date(1+0000)/", datetime(1970, 1, 1, 0, 0, 0, 1000, UTC), id="utc"),
        pytest.param("/Date(0+0230)/", datetime(1970, 1, 1, 2, 30, tzinfo=UTC), id="east"),
        pytest.param("/Date(0-0230)/", datetime(1969, 12, 31, 21, 30, tzinfo=UTC), id="west"),
        pytest.param("/Date(999999999999999)/", None, id="after-time"),
        pytest.param("/Date(-62135596800000-0100)/", None, id="before-time"),
        pytest.param("/Date(1e3)/", None, id="no-whole-number"),
        pytest.param("2026-03-12T13:02:05Z", None, id="other-notation"),
        pytest.param(7, None, id="number"),
        pytest.param(None, None, id="none"),
    ],
)
def test_date_is_read(written: object, moment: datetime | None) -> None:
    """
    Dates are milliseconds with the offset already taken off; one that is unreadable is no date.
    """
    assert find_time(written) == moment


def test_image_is_found_by_alias() -> None:
    """
    An image is found by its alias among those that the platform adds, with plain values.
    """
    body = a_body()
    image = body["PostEntityImages"][-1]["value"]["Attributes"]
    image += [
        {"key": "topics", "value": [{"__type": "OptionSetValue", "Value": n} for n in (1, 2)]},
        {"key": "income", "value": {"__type": "Money", "Value": 1.5}},
        {"key": "ref", "value": {"__type": "Guid:#System", "__value": SANNE}},
    ]
    context = parse_context(json.dumps(body).encode())

    found = find_image(context.after, "spotler_post")

    assert found is not None
    assert found["contactid"] == SANNE
    assert found["statecode"] == 0
    assert found["ownerid"] == "c8d64f10-5a0b-ef11-9f89-6045bd9a1c22"
    assert found["topics"] == [1, 2]
    assert found["income"] == 1.5
    assert found["ref"] == SANNE
    assert found["birthdate"] == "/Date(296265600000)/"


@pytest.mark.parametrize(
    "images",
    [
        pytest.param(None, id="truncated"),
        pytest.param({}, id="no-list"),
        pytest.param([{"key": "other", "value": {"Attributes": []}}], id="other-alias"),
        pytest.param([{"key": "ours", "value": None}], id="null"),
        pytest.param([{"key": "ours", "value": {"Attributes": "text"}}], id="no-columns"),
    ],
)
def test_missing_image_is_none(images: object) -> None:
    """
    An image may always be missing, or be none.
    """
    assert find_image(images, "ours") is None


def test_first_of_two_keys_counts() -> None:
    """
    A key that stands there twice costs nobody the event: the first one counts.
    """
    body = a_body("contact_update_email") | {"SharedVariables": [*tagged("ours"), *tagged("other")]}

    assert parse_webhook(json.dumps(body).encode()).tag == "ours"
