"""What the use cases may expect of the feeds of people and of mailings, faked and real."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.feeds import SpotlerContactFeed, SpotlerMailingFeed
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.application.spotler_credentials import GivenCredentials
from connector.application.to_dataverse_ports import ContactFeed, MailingFeed
from connector.domain.connection import Credentials, OtherAccountError, Secret
from connector.domain.contact import Account, PropertyValue
from connector.domain.errors import ConfigurationError, RateLimitedError
from connector.domain.mailing import Mailing
from connector.domain.spotler_contact import SpotlerContact
from devstack.faults import Fault
from devstack.spotler import SpotlerOptions, SpotlerSimulator
from devstack.spotler.post import Mailing as SentMailing
from devstack.spotler.writes import Draft, insert
from tests.spotler_people import (
    FakeContactFeed,
    FakeMailingFeed,
    a_mailing,
    a_spotler_contact,
)

LATER = datetime.now(UTC) + timedelta(days=1)
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Feeds:
    """Is both feeds before a simulated account."""

    def __init__(self, simulator: SpotlerSimulator, client: SpotlerClient) -> None:
        self.simulator = simulator
        gateway = SpotlerGateway(client)
        self.account = client.account
        self.contacts: ContactFeed = SpotlerContactFeed(client, gateway)
        self.mailings: MailingFeed = SpotlerMailingFeed(client)

    def add(
        self, external_id: str | None, properties: Mapping[str, object], moment: datetime = MOMENT
    ) -> str:
        account = self.simulator.account
        person = insert(account, Draft(external_id, dict(properties)), update=False, purge=False)
        account.people.touch(person, round(moment.timestamp() * 1000))

        return person.encrypted_id


@asynccontextmanager
async def feeds(options: SpotlerOptions | None = None, base: str = "base") -> AsyncIterator[Feeds]:
    simulator = SpotlerSimulator(options=options)
    facts = await simulator.start()
    client = SpotlerClient(
        str(facts[base]),
        GivenCredentials(
            Credentials(str(facts["consumer_key"]), Secret(str(facts["consumer_secret"])))
        ),
        timeout=5,
    )
    try:
        yield Feeds(simulator, client)
    finally:
        await client.close()
        await simulator.stop()


async def read_all(feed: ContactFeed, size: int = 3) -> list[Sequence[SpotlerContact]]:
    pages: list[Sequence[SpotlerContact]] = []
    while True:
        page = await feed.read_contacts(until=LATER, offset=sum(map(len, pages)), size=size)
        if page.contacts:
            pages.append(page.contacts)
        if not page.has_more:
            return pages


async def test_fake_gives_pages() -> None:
    """
    The fake gives every one once, page by page.
    """
    pages = await read_all(FakeContactFeed(*(a_spotler_contact(f"sp-{n}") for n in range(7))))

    assert [len(page) for page in pages] == [3, 3, 1]


@pytest.mark.parametrize("base", ["base", "base_1_1_0"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("last", ["empty-paging", "no-paging", "next-anyway"])
@pytest.mark.parametrize("count", [0, 6, 7])
async def test_pages_hold_everybody(
    base: str,
    order: Literal["ascending", "descending"],
    last: Literal["empty-paging", "no-paging", "next-anyway"],
    count: int,
) -> None:
    """
    Whatever the shape, the order and the end of the feed: every one is read once.
    """
    async with feeds(SpotlerOptions(feed_order=order, last_page=last), base) as one:
        keys = [one.add(f"c-{n}", {"email": f"c-{n}@example.nl"}) for n in range(count)]

        pages = await read_all(one.contacts)

    assert sorted(person.key for page in pages for person in page) == sorted(keys)
    assert all(len(page) <= 3 for page in pages)


async def test_feeds_of_one_account() -> None:
    """
    A feed of one account works as ever, and fails for now where another is connected.
    """
    async with feeds() as one:
        one.add("c-1", {"email": "c-1@example.nl"})
        own = await one.account()
        page = await one.contacts.for_account(own).read_contacts(until=LATER, offset=0, size=3)
        listed = await one.mailings.for_account(own).list_mailings(MOMENT, LATER)
        people = one.contacts.for_account(Account("another"))
        mailings = one.mailings.for_account(Account("another"))

        for asking in (
            people.read_contacts(until=LATER, offset=0, size=3),
            mailings.list_mailings(MOMENT, LATER),
            mailings.complete(a_mailing("m-1", MOMENT)),
        ):
            with pytest.raises(OtherAccountError):
                await asking

    assert len(page.contacts) == 1
    assert listed.mailings


@pytest.mark.parametrize("dates", ["milliseconds", "seconds", "iso"])
@pytest.mark.parametrize("days", ["milliseconds", "iso"])
async def test_person_is_read(
    dates: Literal["milliseconds", "seconds", "iso"], days: Literal["milliseconds", "iso"]
) -> None:
    """
    Ids, the moment of the last change and every plain property are read, in any form of dates.
    """
    options = SpotlerOptions(contact_dates=dates, date_properties=days)
    async with feeds(options) as one:
        said: dict[str, PropertyValue] = {
            "email": "jan@example.nl",
            "firstName": "Jan",
            "birthday": "1971-03-01",
        }
        permissions = [{"bit": 1, "enabled": True}]
        key = one.add("c-1", said | {"permissions": permissions})
        one.add(None, {"email": "piet@example.nl"})

        [[jan, piet]] = await read_all(one.contacts)

    assert (jan.key, jan.external_id, jan.last_changed) == (key, "c-1", MOMENT)
    birthday = "1971-03-01" if days == "iso" else "1971-02-28T23:00:00+00:00"
    assert jan.properties == said | {"birthday": birthday}
    assert (piet.external_id, piet.temporary) == (None, False)


async def test_temporary_person_is_told() -> None:
    """
    A temporary person is known as such.
    """
    async with feeds() as one:
        one.add("c-1", {"email": "jan@example.nl"})
        one.simulator.account.people.all()[0].temporary = True

        [[person]] = await read_all(one.contacts)

    assert person.temporary


async def test_later_change_is_not_in_the_feed() -> None:
    """
    Who changes after the moment up to which the feed is read is not in it.
    """
    async with feeds() as one:
        one.add("c-1", {"email": "jan@example.nl"}, MOMENT)

        page = await one.contacts.read_contacts(until=MOMENT, offset=0, size=10)

    assert page.contacts == ()
    assert not page.has_more


async def test_limit_says_how_long() -> None:
    """
    An account that is too busy says how long to stay away.
    """
    async with feeds() as one:
        one.simulator.faults.set(Fault(status=429, times=1, retry_after=7))

        with pytest.raises(RateLimitedError) as caught:
            await one.contacts.read_contacts(until=LATER, offset=0, size=1)

    assert caught.value.retry_after == timedelta(seconds=7)


async def test_missing_feed_is_for_the_operator() -> None:
    """
    Where Spotler does not offer the feed any more an operator has to act.
    """
    async with feeds() as one:
        one.simulator.faults.set(Fault(status=400, path="/integrationservice/contact/updates"))

        with pytest.raises(ConfigurationError, match="/contact/updates/list"):
            await one.contacts.read_contacts(until=LATER, offset=0, size=1)


@pytest.fixture(params=["fake", "spotler"])
async def mailed(request: pytest.FixtureRequest) -> AsyncIterator[MailingFeed]:
    if request.param == "fake":
        known = a_mailing("m-1", MOMENT, sent=0, archive_link="https://archief.example.nl/m-1")
        yield FakeMailingFeed(replace(known, name="March"))
        return

    async with feeds() as one:
        moment = round(MOMENT.timestamp() * 1000)
        one.simulator.account.post.put(
            SentMailing("m-1", "March", moment, subject="Subject of m-1")
        )
        yield one.mailings


@pytest.mark.feature("F90")
async def test_mailings_of_a_window(mailed: MailingFeed) -> None:
    """
    The mailings of a window are listed, with their subject once it is asked for.
    """
    hour = timedelta(hours=1)

    [mailing] = (await mailed.list_mailings(MOMENT - hour, MOMENT + hour)).mailings

    assert mailing == Mailing("m-1", "March", "EMAIL", MOMENT, 0, "https://archief.example.nl/m-1")
    whole = await mailed.complete(mailing)
    assert (whole.subject, whole.sender) == ("Subject of m-1", "Nieuws")
    assert (await mailed.list_mailings(MOMENT + hour, MOMENT + 2 * hour)).mailings == ()


async def test_mailing_without_details_stays() -> None:
    """
    A mailing of which there are no details stays as the list has it.
    """
    async with feeds() as one:
        assert await one.mailings.complete(a_mailing("m-x")) == a_mailing("m-x")
