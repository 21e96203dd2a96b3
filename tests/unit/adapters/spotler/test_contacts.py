"""A rejection names the code and the property, and keeps nothing else that Spotler said."""

import pytest

from connector.adapters.spotler.contacts import find_property, to_rejections
from connector.domain.contact import ExternalId, MarketingContact, Rejection
from connector.domain.errors import TransientError

JAN = MarketingContact(ExternalId("jan"), {"postalCode": "1234", "city": "Delft"})
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


@pytest.mark.parametrize(
    ("code", "message", "rejection"),
    [
        pytest.param("PROPERTY_INVALID", "city", Rejection("PROPERTY_INVALID", "city"), id="city"),
        pytest.param("CONTACT_OPTOUT", None, Rejection("CONTACT_OPTOUT"), id="no message"),
        pytest.param(
            "ERROR", "oops", Rejection("ERROR", is_transient=True), id="failure of Spotler's"
        ),
        pytest.param("MOON_TOO_FULL", "", Rejection("MOON_TOO_FULL"), id="code that is new"),
    ],
)
def test_code_is_kept(code: str, message: str | None, rejection: Rejection) -> None:
    """
    Every code but OK is a rejection, also codes that we have never seen.
    """
    answer = [
        {"externalId": "piet", "code": code, "message": message},
        {"externalId": "jan", "code": "OK"},
        {"externalId": "a stranger", "code": "ERROR"},
    ]

    assert to_rejections([JAN, PIET], answer) == {"piet": rejection}


@pytest.mark.parametrize(
    "code",
    ["jan@example.nl", "INVALID 0612345678", "", "A" * 41, "OK\n", "JAN\nDE_VRIES"],
    ids=repr,
)
def test_odd_code_is_unknown(code: str) -> None:
    """
    What does not look like a code is not kept: it may be somebody's data.
    """
    answer = [{"externalId": "piet", "code": code}, {"externalId": "jan", "code": "OK"}]

    assert to_rejections([JAN, PIET], answer) == {"piet": Rejection("UNKNOWN")}


def test_silence_is_tried_again() -> None:
    """
    Nobody knows what became of a contact that the answer leaves out.
    """
    with pytest.raises(TransientError, match="1 are missing"):
        to_rejections([JAN, PIET], [{"externalId": "jan", "code": "OK"}])
