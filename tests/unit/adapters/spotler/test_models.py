"""Answers are read leniently, and told apart from what is no answer at all."""

import pytest
from pydantic import ValidationError

from connector.adapters.spotler.models import (
    PROPERTIES,
    SAVED_CONTACTS,
    ErrorResponse,
    parse,
)
from connector.domain.errors import TransientError


def test_unknown_members_are_ignored() -> None:
    """
    Spotler may add members and codes without breaking us.
    """
    [item] = parse(SAVED_CONTACTS, [{"externalId": "a", "code": "NEW", "since": {"x": 1}}])

    assert (item.external_id, item.code, item.message) == ("a", "NEW", None)


def test_entries_come_with_sets() -> None:
    """
    Only a set has entries; null counts as none.
    """
    read = parse(
        PROPERTIES,
        [
            {"name": "a", "type": "set", "entries": [{"bit": 8, "description": "News"}]},
            {"name": "b", "type": "string", "entries": None},
        ],
    )

    assert [entry.bit for one in read for entry in one.entries or ()] == [8]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param("jan@example.nl", id="text"),
        pytest.param({"contacts": ["jan@example.nl"]}, id="object"),
        pytest.param(["jan@example.nl"], id="list of text"),
        pytest.param([{"externalId": "a", "code": ["jan@example.nl"]}], id="wrong code"),
        pytest.param([{"code": "OK", "message": "jan@example.nl"}], id="nobody"),
    ],
)
def test_wrong_shape_tried_again(answer: object) -> None:
    """
    An answer of another shape is worth another try, and what it holds shows nowhere.
    """
    with pytest.raises(TransientError) as caught:
        parse(SAVED_CONTACTS, answer)

    assert "jan" not in f"{caught.value} {caught.value.__cause__}"


def test_model_hides_its_input() -> None:
    """
    Also a model that is read by itself never shows what it was given.
    """
    with pytest.raises(ValidationError) as caught:
        ErrorResponse.model_validate({"errorType": ["jan@example.nl"]})

    assert "jan" not in str(caught.value)
