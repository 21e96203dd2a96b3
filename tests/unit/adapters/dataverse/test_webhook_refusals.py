"""A webhook that is no event is refused by the name of what is wrong, and crashes nothing."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.adapters.dataverse.context import find_image
from connector.adapters.dataverse.webhook import parse_context, parse_webhook
from connector.domain.errors import InvalidEventError
from tests.unit.adapters.dataverse.webhook_bodies import (
    NO_GUID,
    SANNE,
    UPDATED,
    Body,
    a_body,
    parse,
    without,
)


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
        pytest.param(GOOD.replace(b'"Depth"', b'\xff"Depth"'), id="no-utf-8"),
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


@pytest.mark.parametrize("name", [b"\xff\xfe", b"Ren\xe9", b"San\tne", rb"Sanne \ud83d"])
def test_odd_value_costs_no_event(name: bytes) -> None:
    """
    A value that is badly written takes nothing from the pointer, which is all that counts.
    """
    assert b"Sanne" in GOOD
    assert parse_webhook(GOOD.replace(b"Sanne", name)) == parse_webhook(GOOD)


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
