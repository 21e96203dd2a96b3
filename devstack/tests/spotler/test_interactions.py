"""What contacts did with mailings, as histories and feeds tell it."""

from collections.abc import Mapping

import pytest

from devstack.tests.spotler.client import Caller
from devstack.tests.spotler.conftest import Start
from devstack.tests.spotler.mail_stage import JANUARY, happens


@pytest.mark.feature("F86")
async def test_history_of_a_contact(mailed: Caller) -> None:
    """
    The history of a contact says of each mailing whether it was opened, clicked or bounced.
    """
    first = (await mailed.get("/contact/c-1/mailings")).data["mailingHistories"]
    second = (await mailed.get("/contact/c-2/mailings")).data["mailingHistories"]

    assert first[0]["mailing"]["encryptedId"] == "m-1"
    assert (first[0]["opened"], first[0]["clicked"], "bounce" in first[0]) == (True, True, False)
    assert (second[0]["opened"], second[0]["bounce"]) == (False, "SOFTBOUNCE")


async def test_history_has_pages_of_fifty(mailed: Caller) -> None:
    """
    Histories come fifty to a page, and who asks for another size is not understood.
    """
    for _ in range(59):
        await happens(mailed, "sent", "m-1", "c-1")

    first = (await mailed.get("/contact/c-1/mailings")).data
    second = (await mailed.get("/contact/c-1/mailings", after=50)).data
    sized = await mailed.get("/contact/c-1/mailings", pageSize=10)

    assert (len(first["mailingHistories"]), first["paging"]["after"]) == (50, 50)
    assert (len(second["mailingHistories"]), second["paging"]) == (10, {})
    assert sized.status == 501


async def test_feed_of_sent(mailed: Caller) -> None:
    """
    The feed of sent mail names the mailing and where it can be read.
    """
    [first, _] = (await mailed.get("/mailing-interaction/sent")).data["interactions"]

    assert {name: first[name] for name in first if name not in ("id", "changeDate")} == {
        "externalContactId": "c-1",
        "encryptedMailingId": "m-1",
        "date": "2001-01-10T12:00:00+01:00",
        "name": "Januari",
        "subject": "Een goed jaar",
        "onlineVersionLink": "https://archief.example.nl/m-1",
    }


async def test_feed_of_clicks_has_no_link(mailed: Caller) -> None:
    """
    The feed of clicks does not say which link was clicked.
    """
    [click] = (await mailed.get("/mailing-interaction/clicked")).data["interactions"]

    assert set(click) == {"id", "externalContactId", "encryptedMailingId", "date", "changeDate"}


async def test_feed_spells_bounces_short(mailed: Caller) -> None:
    """
    The feed says HARD or SOFT where all else says HARDBOUNCE or SOFTBOUNCE.
    """
    await happens(mailed, "bounced", "m-1", "c-1", bounceType="HARD")

    bounces = (await mailed.get("/mailing-interaction/bounced")).data["interactions"]

    assert [one["bounceType"] for one in bounces] == ["SOFT", "HARD"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (JANUARY, 1),
        ({"fromDate": "2001-02-01T00:00:00Z"}, 0),
        ({"toDate": "2001-01-10T11:00:00Z"}, 0),
        ({"fromChangeDate": "2001-02-01T00:00:00Z"}, 1),
        ({"toChangeDate": "2001-02-01T00:00:00Z"}, 0),
        ({"trendReportIds": "1,2"}, 0),
        ({"pageSize": 1, "after": 1}, 0),
    ],
)
async def test_feed_is_filtered(mailed: Caller, query: Mapping[str, object], count: int) -> None:
    """
    A feed can be cut by date, by date of change, by trend report and by page.
    """
    answer = (await mailed.get("/mailing-interaction/opened", **query)).data

    assert len(answer["interactions"]) == count


async def test_feed_of_trend_report(spotler: Caller) -> None:
    """
    A trend report restricts the feed to its mailings.
    """
    await spotler.has("c-1")
    await happens(spotler, "opened", "mNieuwsbrief", "c-1")
    await happens(spotler, "opened", "mActie", "c-1")

    answer = (await spotler.get("/mailing-interaction/opened", trendReportIds="1")).data
    wrong = await spotler.get("/mailing-interaction/opened", trendReportIds="one")

    assert [one["trendReportId"] for one in answer["interactions"]] == [1]
    assert (wrong.status, wrong.error) == (400, "INVALID_PARAMS")


@pytest.mark.parametrize(("included", "count"), [(False, 0), (True, 1)])
async def test_campaign_mail_in_feed_has_switch(start: Start, included: bool, count: int) -> None:
    """
    Whether the feeds include campaign mail is a switch.
    """
    spotler = await start(campaign_mail_in_feeds=included)
    await spotler.has("c-1")
    await spotler.post("/campaign/trigger/tWelkom", {"externalContactId": "c-1"})

    answer = (await spotler.get("/mailing-interaction/sent")).data

    assert len(answer["interactions"]) == count


async def test_mailing_dates_have_forms(start: Start) -> None:
    """
    The form of the dates of mailings is a switch of its own.
    """
    spotler = await start(mailing_dates="milliseconds")
    await spotler.has("c-1")
    await happens(spotler, "opened", "mActie", "c-1")

    [opened] = (await spotler.get("/mailing/mActie/opens")).data["opens"]

    assert opened["openDate"] == 979_124_400_000
