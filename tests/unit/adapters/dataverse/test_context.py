"""What a context holds beside its pointer: our mark, moments and images."""

import json
from datetime import UTC, datetime

import pytest

from connector.adapters.dataverse.context import find_image, find_time
from connector.adapters.dataverse.webhook import parse_context, parse_webhook
from tests.unit.adapters.dataverse.webhook_bodies import LEAD, SANNE, Body, a_body, parse


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


def test_odd_pairs_are_left_out() -> None:
    """
    A pair that is none does not hide the others.
    """
    odd: list[object] = [7, {"value": "no key"}, {"key": ["list"], "value": 1}]

    assert parse(a_body() | {"SharedVariables": [*odd, *tagged("ours")]}).tag == "ours"


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
