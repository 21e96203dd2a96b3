"""Looking people up in Spotler, which tells of one at a time and may be slow or away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from connector.application.compare_people import compare_people
from connector.domain.contact import ExternalId, MarketingContact, RecordKey
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    ContactRejectedError,
    RateLimitedError,
    TransientError,
)
from tests.builders import a_contact_key
from tests.fakes import FakeMarketing

CONTACT = MarketingContact(ExternalId("c"), {})

type Answer = Callable[[MarketingContact], Awaitable[Mapping[str, bool] | None]]


class Spotler(FakeMarketing):
    """Answers as a test says, and counts how often it was asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.asked = 0

    async def find_differences(self, contact: MarketingContact) -> Mapping[str, bool] | None:
        self.asked += 1
        await asyncio.sleep(0)

        return await self.answer(contact)


def a_hundred() -> dict[RecordKey, MarketingContact]:
    return {a_contact_key(number): CONTACT for number in range(1, 101)}


def fails_with(error: ConnectorError, *, each: int = 1) -> Answer:
    """Return an answer that is this error for one in so many."""
    count = 0

    async def answer(_: MarketingContact) -> Mapping[str, bool] | None:
        nonlocal count
        count += 1
        if count % each == 0:
            raise error
        return {}

    return answer


@pytest.mark.parametrize(
    "error", [TransientError("spotler answered 500"), ContactRejectedError("INVALID")]
)
async def test_one_in_ten_is_left_out(error: ConnectorError) -> None:
    """
    Who cannot be looked up is left out, and costs nobody else their answer.
    """
    found = await compare_people(a_hundred(), marketing=Spotler(fails_with(error, each=10)))

    assert len(found) == 90


@pytest.mark.parametrize(
    "error",
    [
        RateLimitedError("spotler wants us to wait", retry_after=timedelta(seconds=30)),
        ConfigurationError("the key must be accepted"),
    ],
)
async def test_what_concerns_all_ends_it_at_once(error: ConnectorError) -> None:
    """
    When Spotler wants us to wait, or does not know us, nobody else is asked for.
    """
    spotler = Spotler(fails_with(error))

    with pytest.raises(type(error)):
        await compare_people(a_hundred(), marketing=spotler)

    assert spotler.asked == 4


async def test_nobody_to_be_looked_up() -> None:
    """
    When Spotler is away nothing is known, and the page has to come back.
    """
    with pytest.raises(TransientError):
        await compare_people(a_hundred(), marketing=Spotler(fails_with(TransientError("away"))))


async def test_slow_spotler_is_not_waited_for() -> None:
    """
    Once time is up nobody else is asked for.
    """
    spotler = Spotler(fails_with(TransientError("never asked")))

    assert await compare_people(a_hundred(), marketing=spotler, longest=0) == {}
    assert spotler.asked == 0
