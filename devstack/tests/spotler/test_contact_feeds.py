"""The feeds of changes and bounces: windows, pages, and the shapes of the two bases."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from devstack.tests.spotler.client import Caller
from devstack.tests.spotler.conftest import Start

UPDATES = "/contact/updates/list"
BOUNCES = "/contact/bounces/list"
EVER = {"fromDate": "2000-01-01T00:00:00+01:00", "toDate": "2100-01-01T00:00:00+01:00"}


async def at(spotler: Caller, external_id: str, moment: int) -> None:
    """Put a contact there that last changed at a moment, in epoch seconds."""
    await spotler.has(external_id)
    await spotler.control("PATCH", f"/contacts/{external_id}", {"lastChanged": moment * 1000})


def ids(contacts: list[dict[str, Any]]) -> list[str]:
    return [one["externalId"] for one in contacts]


@pytest.mark.parametrize("path", [UPDATES, BOUNCES])
async def test_bases_differ_in_shape(spotler: Caller, path: str) -> None:
    """
    The unversioned base answers an object with paging, the 1.1.0 base a bare array.
    """
    whole = await spotler.get(path, **EVER, pageSize=50)
    bare = await spotler.pinned().get(path, **EVER)

    assert set(whole.data) == {"paging", "contacts" if path == UPDATES else "bounces"}
    assert bare.data == []


@pytest.mark.parametrize("path", [UPDATES, BOUNCES])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"pageSize": ""}, "Invalid pageSize or no pageSize given", id="no-size"),
        pytest.param({"pageSize": 0}, "Invalid pageSize", id="too-small"),
        pytest.param({"pageSize": 10_001}, "Invalid pageSize", id="too-large"),
        pytest.param({"pageSize": "many"}, "Invalid pageSize", id="no-number"),
        pytest.param({"after": -1}, "Invalid after", id="before-begin"),
        pytest.param({"after": 2**31}, "Invalid after", id="after-end"),
        pytest.param({"toDate": ""}, "Invalid toDate or no toDate given", id="no-end"),
        pytest.param({"fromDate": "yesterday"}, "Invalid fromDate or no fromDate given", id="word"),
        pytest.param(
            {"fromDate": "2026-01-01"}, "Invalid fromDate or no fromDate given", id="no-time"
        ),
        pytest.param(
            {"toDate": "2026-01-01T00:00:00.000Z"},
            "Invalid toDate or no toDate given",
            id="milliseconds",
        ),
    ],
)
async def test_parameters_are_checked(
    spotler: Caller, path: str, change: dict[str, object], message: str
) -> None:
    """
    Dates and page size must be there and be right, or the call is refused in so many words.
    """
    answer = await spotler.get(path, **({**EVER, "pageSize": 50} | change))

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")
    assert answer.data["message"] == message


@pytest.mark.feature("F119", "F120")
async def test_pages_follow_each_other(spotler: Caller) -> None:
    """
    Pages of fifty cover everything once, in the order of change; `next` and `after` lead on.
    """
    for number in range(120):
        await at(spotler, f"c-{number}", 1_700_000_000 + number)

    pages = [
        (await spotler.get(UPDATES, **EVER, pageSize=50, after=after)).data
        for after in ("", 50, 100)
    ]

    assert [len(page["contacts"]) for page in pages] == [50, 50, 20]
    found = [one for page in pages for one in ids(page["contacts"])]
    assert found == [f"c-{number}" for number in range(120)]
    assert [page["paging"].get("after") for page in pages] == [50, 100, None]
    following = urlsplit(pages[0]["paging"]["next"])
    assert pages[0]["paging"]["next"].startswith(spotler.base + UPDATES)
    assert parse_qs(following.query)["after"] == ["50"]


async def test_page_after_the_end_is_empty(spotler: Caller) -> None:
    """
    Behind the last page there is an empty one.
    """
    await spotler.has("c-1")

    answer = await spotler.get(UPDATES, **EVER, pageSize=50, after=50)

    assert answer.data == {"contacts": [], "paging": {}}


@pytest.mark.parametrize(
    ("last_page", "paging"),
    [("empty-paging", {}), ("no-paging", None), ("next-anyway", 50)],
)
async def test_last_page_has_switch(start: Start, last_page: str, paging: object) -> None:
    """
    What the last page says of paging is a switch.
    """
    spotler = await start(last_page=last_page)

    answer = (await spotler.get(UPDATES, **EVER, pageSize=50)).data

    shown = answer.get("paging")
    assert (shown["after"] if shown else shown) == paging


async def test_pinned_base_pages_on_demand(spotler: Caller) -> None:
    """
    The 1.1.0 base answers everything, or the page that is asked for.
    """
    for number in range(5):
        await at(spotler, f"c-{number}", 1_700_000_000 + number)

    every = await spotler.pinned().get(UPDATES, **EVER)
    page = await spotler.pinned().get(UPDATES, **EVER, pageSize=2, after=2)

    assert ids(every.data) == [f"c-{number}" for number in range(5)]
    assert ids(page.data) == ["c-2", "c-3"]


@pytest.mark.parametrize(
    ("end", "expected"), [("exclusive", ["c-1"]), ("inclusive", ["c-1", "c-2"])]
)
async def test_window_ends_have_switch(start: Start, end: str, expected: list[str]) -> None:
    """
    A window includes its start; whether it includes its end is a switch.
    """
    spotler = await start(window_end=end)
    for number in range(4):
        await at(spotler, f"c-{number}", 1_767_225_600 + number)

    answer = await spotler.get(
        UPDATES, fromDate="2026-01-01T00:00:01Z", toDate="2026-01-01T00:00:02Z", pageSize=50
    )

    assert ids(answer.data["contacts"]) == expected


async def test_order_has_switch(start: Start) -> None:
    """
    The feed may be ordered the other way round.
    """
    spotler = await start(feed_order="descending")
    for number in range(3):
        await at(spotler, f"c-{number}", 1_700_000_000 + number)

    answer = await spotler.get(UPDATES, **EVER, pageSize=50)

    assert ids(answer.data["contacts"]) == ["c-2", "c-1", "c-0"]


@pytest.mark.parametrize(("zone", "count"), [("Europe/Amsterdam", 1), ("UTC", 0)])
async def test_zone_of_bare_date(start: Start, zone: str, count: int) -> None:
    """
    A date without offset is local to a zone that is a switch.
    """
    spotler = await start(default_zone=zone)
    await at(spotler, "c-1", 1_767_225_600 - 1800)

    answer = await spotler.get(
        UPDATES, fromDate="2026-01-01T00:00:00", toDate="2026-01-02T00:00:00", pageSize=50
    )

    assert len(answer.data["contacts"]) == count


async def test_more_date_forms_have_switch(start: Start) -> None:
    """
    Milliseconds and bare dates are taken when a switch says so.
    """
    spotler = await start(accepted_dates="any")

    answer = await spotler.get(
        UPDATES, fromDate="2026-01-01", toDate="2026-01-02T00:00:00.000+01:00", pageSize=50
    )

    assert answer.status == 200


@pytest.mark.parametrize(("appear", "count"), [(True, 1), (False, 0)])
async def test_own_writes_have_switch(start: Start, appear: bool, count: int) -> None:
    """
    Our own writes come back in the feed, unless a switch keeps them out.
    """
    spotler = await start(own_writes_in_feed=appear)
    await at(spotler, "c-1", 1_600_000_000)

    await spotler.put("/contact/c-1", {"contact": {"properties": {"firstName": "Jan"}}})

    answer = await spotler.get(UPDATES, **EVER | {"fromDate": "2024-01-01T00:00:00Z"}, pageSize=50)
    assert len(answer.data["contacts"]) == count


async def test_contact_without_external_id(spotler: Caller) -> None:
    """
    A contact that Spotler alone knows is in the feed, without an external id.
    """
    await spotler.control("POST", "/contacts", {"properties": {"email": "a@b.nl"}})

    [contact] = (await spotler.get(UPDATES, **EVER, pageSize=50)).data["contacts"]

    assert "externalId" not in contact
    assert contact["properties"]["email"] == "a@b.nl"


@pytest.mark.feature("F91")
@pytest.mark.parametrize(("hard", "word"), [("HARD", "HARDBOUNCE"), ("SOFT", "SOFTBOUNCE")])
async def test_bounce_carries_contact(spotler: Caller, hard: str, word: str) -> None:
    """
    A bounce has its moment, its kind, the whole contact and the key of the mailing.
    """
    await spotler.has("c-1", email="jan@example.nl")
    await spotler.control(
        "POST",
        "/interactions",
        {
            "kind": "bounced",
            "mailing": "mActie",
            "contact": "c-1",
            "bounceType": hard,
            "date": "2026-01-01T00:00:00Z",
        },
    )

    [bounce] = (await spotler.get(BOUNCES, **EVER, pageSize=50)).data["bounces"]

    assert bounce["date"] == 1_767_225_600_000
    assert bounce["type"] == word
    assert bounce["encryptedActId"] == "mActie"
    assert bounce["contact"]["properties"]["email"] == "jan@example.nl"
    assert bounce["contact"]["channels"][0]["value"] is (hard == "SOFT")


@pytest.mark.parametrize("after", [0, 2])
async def test_last_page_may_say_after(start: Start, after: int) -> None:
    """
    By a switch the last page says where it ends, and leads nowhere.
    """
    spotler = await start(last_page="after-only")
    for number in range(3):
        await spotler.has(f"c-{number}")

    page = (await spotler.get(UPDATES, **EVER, pageSize=50, after=after)).data

    assert page["paging"] == {"after": 3}


@pytest.mark.parametrize(
    ("whole", "expected"),
    [(False, ["noon"]), (True, ["morning", "noon", "evening"])],
    ids=["moments", "days"],
)
async def test_window_may_be_days(start: Start, whole: bool, expected: list[str]) -> None:
    """
    By a switch a window is the whole days of its ends, in the zone of the account.
    """
    spotler = await start(whole_days=whole)
    # 2026-03-29 has 23 hours in Amsterdam: midnight is 23:00 and then 22:00 in UTC.
    for name, moment in {
        "before": 1_774_738_799,
        "morning": 1_774_738_800,
        "noon": 1_774_778_400,
        "evening": 1_774_821_599,
        "behind": 1_774_821_600,
    }.items():
        await at(spotler, name, moment)

    window = {"fromDate": "2026-03-29T11:00:00+02:00", "toDate": "2026-03-29T13:00:00+02:00"}
    page = (await spotler.get(UPDATES, **window, pageSize=50)).data

    assert ids(page["contacts"]) == expected
