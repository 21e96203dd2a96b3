"""Writing a hundred contacts at once."""

import pytest

from devstack.tests.spotler.client import Caller, a_contact
from devstack.tests.spotler.conftest import Start

LIST = "/contact/list"


async def test_outcome_per_contact(spotler: Caller) -> None:
    """
    Each contact of a batch has its own outcome, in the order in which they were sent.
    """
    await spotler.has("c-2", firstName="Piet")
    contacts = [
        a_contact("c-1", firstName="Jan"),
        a_contact("c-2", firstName="Klaas"),
        a_contact("c-3", postalCode="B-1000"),
        a_contact("c-4", shoeSize="44"),
    ]

    answer = await spotler.post(LIST, {"update": False, "purge": False, "contacts": contacts})

    assert answer.status == 200
    assert [(one["externalId"], one["code"]) for one in answer.data] == [
        ("c-1", "OK"),
        ("c-2", "CONTACT_ALREADY_EXISTS"),
        ("c-3", "PROPERTY_INVALID"),
        ("c-4", "PROPERTY_INVALID"),
    ]
    assert "postalCode" in answer.data[2]["message"]
    assert "shoeSize" in answer.data[3]["message"]
    assert len(spotler.account.people) == 2


async def test_batch_upserts(spotler: Caller) -> None:
    """
    With `update` a batch changes who exists, also who occurs twice in it.
    """
    await spotler.has("c-1", city="Delft")
    contacts = [a_contact("c-1", firstName="Jan"), a_contact("c-1", firstName="Piet")]

    answer = await spotler.post(LIST, {"update": True, "contacts": contacts})

    assert [one["code"] for one in answer.data] == ["OK", "OK"]
    properties = await spotler.properties("c-1")
    assert (properties["city"], properties["firstName"]) == ("Delft", "Piet")


@pytest.mark.parametrize(("count", "status"), [(0, 200), (100, 200), (101, 400)])
async def test_hundred_is_the_limit(spotler: Caller, count: int, status: int) -> None:
    """
    A batch has at most a hundred contacts, or nothing of it is written.
    """
    contacts = [a_contact(f"c-{number}") for number in range(count)]

    answer = await spotler.post(LIST, {"update": True, "contacts": contacts})

    assert answer.status == status
    assert len(spotler.account.people) == (count if status == 200 else 0)


async def test_contact_without_id_fails_all(spotler: Caller) -> None:
    """
    One contact without an external id refuses the whole call.
    """
    contacts = [a_contact("c-1"), a_contact(None)]

    answer = await spotler.post(LIST, {"update": True, "contacts": contacts})

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")
    assert len(spotler.account.people) == 0


@pytest.mark.parametrize(("echo", "told"), [(False, False), (True, True)])
async def test_message_may_repeat_value(start: Start, echo: bool, told: bool) -> None:
    """
    A vendor's message might repeat personal data, and a switch does so.
    """
    spotler = await start(echo_values=echo)

    answer = await spotler.post(LIST, {"contacts": [a_contact("c-1", email="jan at home")]})

    assert ("jan at home" in answer.data[0]["message"]) is told


@pytest.mark.parametrize("body", [{}, {"contacts": None}], ids=["missing", "null"])
async def test_batch_needs_contacts(spotler: Caller, body: dict[str, object]) -> None:
    """
    A batch that does not say which contacts is malformed.
    """
    answer = await spotler.post(LIST, {"update": True, **body})

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


@pytest.mark.parametrize(
    ("answers", "status", "named"),
    [("all", 200, ["c-1", "c-2"]), ("refused", 200, ["c-2"]), ("none", 204, None)],
)
async def test_answer_may_leave_out(
    start: Start, answers: str, status: int, named: list[str] | None
) -> None:
    """
    By a switch the answer names every contact, only the refused, or has no body at all.
    """
    spotler = await start(list_answers=answers)
    contacts = [a_contact("c-1", city="Delft"), a_contact("c-2", shoeSize="44")]

    answer = await spotler.post(LIST, {"update": True, "contacts": contacts})

    said = answer.data
    assert answer.status == status
    assert (said and [one["externalId"] for one in said]) == named
    assert len(spotler.account.people) == 1
