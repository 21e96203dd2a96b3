"""A rejection names the code and the property, and keeps nothing else that Spotler said."""

from typing import Literal

import pytest

from connector.adapters.spotler.contacts import NO_ANSWER, find_property, to_rejections
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.contact import ExternalId, MarketingContact, Rejection
from connector.domain.errors import TransientError

JAN = MarketingContact(ExternalId("jan"), {"postalCode": "1234", "city": "Delft"})
NO_WORD = Rejection(NO_ANSWER, is_transient=True)

type Naming = Literal["all", "refused", "none"]

PIET = MarketingContact(ExternalId("piet"), {"city": "Gouda"})


@pytest.mark.parametrize(
    ("message", "name"),
    [
        pytest.param("Property postalCode is invalid", "postalCode", id="named"),
        pytest.param("'postalcode': not a postcode", "postalCode", id="quoted, other case"),
        pytest.param("postalCode is invalid for this city", "postalCode", id="first of two"),
        pytest.param("postalCodeExtra is invalid", None, id="longer word"),
        pytest.param("Jan Jansen, jan@example.nl", None, id="nothing of ours"),
        pytest.param("", None, id="no message"),
    ],
)
def test_property_found_in_message(message: str, name: str | None) -> None:
    """
    Only a property that was sent is ever taken from a message.
    """
    assert find_property(message, JAN.properties) == name


def rejections(answer: object, list_answers: Naming = "all") -> dict[ExternalId, Rejection]:
    return to_rejections([JAN, PIET], answer, SpotlerDialect(list_answers=list_answers))


@pytest.mark.parametrize(
    ("code", "message", "rejection"),
    [
        pytest.param("PROPERTY_INVALID", "city", Rejection("PROPERTY_INVALID", "city"), id="city"),
        pytest.param("CONTACT_OPTOUT", None, Rejection("CONTACT_OPTOUT"), id="no message"),
        pytest.param(
            "ERROR", "oops", Rejection("ERROR", is_transient=True), id="failure of Spotler's"
        ),
        pytest.param(
            "MOON_TOO_FULL", "", Rejection("MOON_TOO_FULL", is_transient=True), id="new code"
        ),
    ],
)
def test_code_is_kept(code: str, message: str | None, rejection: Rejection) -> None:
    """
    Every code but OK is a rejection; one that we have never seen may pass.
    """
    answer = [
        {"externalId": "piet", "code": code, "message": message},
        {"externalId": "jan", "code": "OK"},
        {"externalId": "a stranger", "code": "ERROR"},
    ]

    assert rejections(answer) == {"piet": rejection}


@pytest.mark.parametrize(
    "code",
    ["jan@example.nl", "INVALID 0612345678", "", "A" * 41, "OK\n", "JAN\nDE_VRIES", None, 7, []],
    ids=repr,
)
def test_odd_code_is_unknown(code: object) -> None:
    """
    What does not look like a code is not kept, for it may be somebody's data; it may pass.
    """
    answer = [{"externalId": "piet", "code": code}, {"externalId": "jan", "code": "OK"}]

    assert rejections(answer) == {"piet": Rejection("UNKNOWN", is_transient=True)}


@pytest.mark.parametrize(
    "item",
    [None, 7, {}, {"externalId": None, "code": "OK"}, {"externalId": ["piet"], "code": "OK"}],
    ids=repr,
)
def test_silence_is_tried_again(item: object) -> None:
    """
    Of a contact that the answer leaves out nobody knows what became; it harms no neighbour.
    """
    answer = [{"externalId": "jan", "code": "OK"}, item]

    assert rejections(answer) == {"piet": NO_WORD}


@pytest.mark.parametrize("answer", [None, [], [None], [{"externalId": "x", "code": "OK"}], "jan"])
def test_answer_for_nobody_is_tried_again(answer: object) -> None:
    """
    An answer that names nobody who was sent says nothing at all.
    """
    with pytest.raises(TransientError):
        rejections(answer)


@pytest.mark.parametrize("answer", [None, [], [{"externalId": "jan", "code": "OK"}]], ids=str)
def test_unnamed_was_saved(answer: object) -> None:
    """
    Where an account names the refused alone, every other contact was saved.
    """
    assert rejections(answer, "refused") == {}


def test_named_was_refused() -> None:
    """
    Where an account names the refused alone, they are the refused.
    """
    answer = [{"externalId": "piet", "code": "CONTACT_OPTOUT"}]

    assert rejections(answer, "refused") == {"piet": Rejection("CONTACT_OPTOUT")}


def test_unreadable_refusal_may_be_of_anybody() -> None:
    """
    Where an account names the refused alone and one cannot be read, no unnamed contact is saved.
    """
    answer = [{"externalId": "piet", "code": "CONTACT_OPTOUT"}, {"code": "CONTACT_OPTOUT"}]

    assert rejections(answer, "refused") == {"piet": Rejection("CONTACT_OPTOUT"), "jan": NO_WORD}
    with pytest.raises(TransientError):
        rejections(answer[1:], "refused")


def test_nothing_said_is_all_saved() -> None:
    """
    Where an account answers without a body, all were saved; a body is read as any other.
    """
    assert rejections(None, "none") == {}
    assert rejections([{"externalId": "piet", "code": "OK"}], "none") == {"jan": NO_WORD}
