"""Answers are read leniently, and told apart from what is no answer at all."""

import pytest
from pydantic import TypeAdapter, ValidationError

from connector.adapters.spotler.models import (
    ENTRY,
    FED_CONTACT,
    HELD_CONTACT,
    MAILING,
    PROPERTY,
    SAVED_CONTACT,
    ErrorResponse,
    has_next,
    parse,
    parse_each,
    parse_or_none,
    to_items,
)
from connector.domain.errors import TransientError


def test_unknown_members_are_ignored() -> None:
    """
    Spotler may add members and codes without breaking us.
    """
    item = parse(SAVED_CONTACT, {"externalId": "a", "code": "NEW", "since": {"x": 1}})

    assert (item.external_id, item.code, item.message) == ("a", "NEW", None)


@pytest.mark.parametrize(
    "adapter", [PROPERTY, ENTRY, HELD_CONTACT, SAVED_CONTACT, FED_CONTACT, MAILING]
)
@pytest.mark.parametrize("item", [None, "jan", 7, [], {}, ["jan"], {"jan": "jan"}], ids=repr)
def test_other_item_is_none(adapter: TypeAdapter[object], item: object) -> None:
    """
    What is no item at all is none.
    """
    assert parse_or_none(adapter, item) is None


@pytest.mark.parametrize(
    ("adapter", "least", "members"),
    [
        (PROPERTY, {"name": "a", "type": "set"}, ("description", "entries")),
        (ENTRY, {"bit": 1}, ("description",)),
        (SAVED_CONTACT, {"externalId": "a"}, ("code", "message")),
        (HELD_CONTACT, {"externalId": "a"}, ("properties", "lastChanged", "encryptedId")),
        (
            FED_CONTACT,
            {"encryptedId": "a"},
            ("externalId", "lastChanged", "temporary", "properties"),
        ),
        (
            MAILING,
            {"encryptedId": "a"},
            ("name", "type", "scheduledStartDate", "sentCount", "archiveLink"),
        ),
    ],
)
def test_null_is_not_there(
    adapter: TypeAdapter[object], least: dict[str, object], members: tuple[str, ...]
) -> None:
    """
    A member that is null is one that is not there.
    """
    assert parse(adapter, least | dict.fromkeys(members)) == parse(adapter, least)


def test_bad_item_costs_no_other() -> None:
    """
    Each item is read by itself.
    """
    items = [{"bit": 1}, None, {"bit": "x"}, {"bit": 4, "description": 7}]

    assert [one and one.bit for one in parse_each(ENTRY, items)] == [1, None, None, 4]


def test_stranger_is_no_contact() -> None:
    """
    An object that says nothing of a contact is not somebody about whom nothing is known.
    """
    assert parse_or_none(HELD_CONTACT, {"message": "maintenance"}) is None
    assert parse_or_none(HELD_CONTACT, {"properties": {}}) is not None


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        pytest.param(None, [], id="null"),
        pytest.param([1, None], [1, None], id="list"),
        pytest.param({"contacts": [1]}, [1], id="member"),
        pytest.param({"contacts": None, "paging": None}, [], id="null members"),
        pytest.param({"paging": {}}, [], id="no member"),
    ],
)
def test_items_of_a_list(answer: object, items: list[object]) -> None:
    """
    A list is bare or in a paged object, and null is an empty one.
    """
    assert to_items(answer, within="contacts") == items


@pytest.mark.parametrize(
    "answer", ["jan@example.nl", 7, {"message": "jan"}, {"contacts": "jan"}, {}], ids=repr
)
def test_stranger_is_no_list(answer: object) -> None:
    """
    An answer of another shape is worth another try: it must not end a list.
    """
    with pytest.raises(TransientError, match="documented shape") as caught:
        to_items(answer, within="contacts")

    assert "jan" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "is_more"),
    [
        ({"paging": {"next": "https://x"}}, True),
        ({"paging": {"next": None}}, False),
        ({"paging": None}, False),
        ({"paging": "x"}, False),
        ({}, False),
        ([], False),
    ],
    ids=str,
)
def test_next_page_is_told(answer: object, *, is_more: bool) -> None:
    """
    Only a paging that names a next page tells of one.
    """
    assert has_next(answer) is is_more


def test_wrong_shape_tried_again() -> None:
    """
    An answer of another shape is worth another try, and what it holds shows nowhere.
    """
    with pytest.raises(TransientError) as caught:
        parse(SAVED_CONTACT, {"code": "OK", "message": "jan@example.nl"})

    assert "jan" not in f"{caught.value} {caught.value.__cause__}"


def test_model_hides_its_input() -> None:
    """
    Also a model that is read by itself never shows what it was given.
    """
    with pytest.raises(ValidationError) as caught:
        ErrorResponse.model_validate({"errorType": ["jan@example.nl"]})

    assert "jan" not in str(caught.value)
