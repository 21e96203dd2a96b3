"""Made-up people, and the pages and switches to handle them."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.people import people
from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def test_same_seed_same_people() -> None:
    """
    A seed always gives the same people, and another seed others.
    """
    assert list(people(20, 1)) == list(people(20, 1))
    assert list(people(20, 1)) != list(people(20, 2))


def test_people_are_plausible() -> None:
    """
    A thousand people have among them what makes syncing hard.
    """
    crowd = list(people(1000, 3))
    mobiles = [str(one.shared["mobilephone"]) for one in crowd if "mobilephone" in one.shared]
    birthdays = [one.private["birthdate"] for one in crowd if "birthdate" in one.private]
    postcodes = [str(one.shared["address1_postalcode"]) for one in crowd]
    emails = [str(one.shared["emailaddress1"]) for one in crowd if "emailaddress1" in one.shared]

    assert all(re.fullmatch(r"[1-9]\d{3} ?[A-Za-z]{2}", one) for one in postcodes)
    assert {one[:3] for one in mobiles} >= {"06-", "+31", "+32", "003"}
    assert min(str(one) for one in birthdays) < "1970"
    assert all(isinstance(one, dt.date) for one in birthdays)
    assert 0 < len(emails) < 1000
    assert len(set(emails)) == len(emails)
    assert all(one.isascii() for one in emails)
    assert any(one.shared.get("middlename") for one in crowd)


async def test_seed_is_silent(stage: Stage) -> None:
    """
    Seeded people are there at once and wake nobody, unless asked to.
    """
    quiet = await stage.control("POST", "seed", {"count": 30, "seed": 5})
    silence = list(stage.ear.heard)
    loud = await stage.control("POST", "seed", {"count": 3, "table": "lead", "events": True})

    assert len(quiet.json["ids"]) == 30
    assert silence == []
    assert [one for _, _, one in stage.ear.take()] == loud.json["ids"]
    assert (
        await stage.get("contacts", filter="parentcustomerid_account/name eq 'x'")
    ).status == 501
    assert (await stage.get("contacts", count="true")).json["@odata.count"] == 30


@pytest.mark.parametrize("body", [{"count": 1, "table": "nonsense"}, {"amount": 1}])
async def test_bad_seed_is_refused(stage: Stage, body: dict[str, object]) -> None:
    """
    A seed that cannot be read is refused.
    """
    assert (await stage.control("POST", "seed", body)).status == 400


async def test_dump_holds_all_rows(stage: Stage) -> None:
    """
    A dump holds every row, with the columns that were asked for.
    """
    await stage.control("POST", "seed", {"count": 12})

    whole = (await stage.control("GET", "tables/contact")).json
    narrow = (await stage.control("GET", "tables/contact?columns=contactid,lastname")).json

    assert whole["count"] == len(whole["rows"]) == 12
    assert whole["rows"][0]["address1_country"] == "Nederland"
    assert set(narrow["rows"][0]) == {"contactid", "lastname"}
    assert (await stage.control("GET", "tables/nonsense")).status == 404


async def test_reset_keeps_foundation(stage: Stage) -> None:
    """
    A reset takes the people away and leaves users, messages and steps.
    """
    await stage.control("POST", "seed", {"count": 12})
    await stage.make("serviceendpoints", name="x", contract=8, authtype=4)

    answer = await stage.control("POST", "reset")

    store = stage.simulator.store
    assert answer.status == 204
    assert (store.count("contact"), store.count("account")) == (0, 0)
    assert store.count("systemuser") == 3
    assert store.count("serviceendpoint") == 1
    assert await stage.make("contacts", lastname="Vos")


async def send(stage: Stage, path: str, **fields: str) -> tuple[int, str, str]:
    """Send a form of the pages."""
    url = f"{stage.facts['view']}{path}"
    async with stage.http.post(url, data=fields, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_pages_show_people_escaped(stage: Stage) -> None:
    """
    What people are called is shown as text, never as part of the page.
    """
    name = "<script>alert(1)</script>"
    row_id = await stage.make("contacts", lastname=name)

    listed = await stage.control("GET", "contact")
    shown = await stage.control("GET", f"contact/{row_id}")
    searched = await stage.control("GET", 'contact?q="><script>')

    for page in (listed, shown, searched):
        assert page.status == 200
        assert b"<script>" not in page.body
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    assert b"&lt;script&gt;" in listed.body


async def test_person_is_made_by_hand(stage: Stage) -> None:
    """
    A form makes, changes and deletes a person through the same door, so events follow.
    """
    made, where, _ = await send(stage, "contact/new", lastname="Vos", birthdate="1950-02-01")
    row_id = where.rpartition("/")[2]
    changed, _, _ = await send(stage, f"contact/{row_id}", lastname="Bos", birthdate="1950-02-01")
    update = stage.ear.heard[-1]
    row = (await stage.get(f"contacts({row_id})")).json
    deleted, _, _ = await send(stage, f"contact/{row_id}/delete")

    assert (made, changed, deleted) == (303, 303, 303)
    assert (row["lastname"], row["birthdate"]) == ("Bos", "1950-02-01")
    assert set(update.requested or ()) == {"lastname", "contactid"}
    assert [message for message, _, _ in stage.ear.take()] == ["Create", "Update", "Delete"]


async def test_refusal_is_shown(stage: Stage) -> None:
    """
    What the Web API refuses is said on the page, and what was typed stays.
    """
    status, _, text = await send(stage, "contact/new", lastname="V" * 60)

    assert status == 400
    assert "maximum allowed length" in text
    assert "V" * 60 in text


async def test_lead_is_qualified_by_hand(stage: Stage) -> None:
    """
    The button qualifies a lead into a contact.
    """
    lead = await stage.make("leads", lastname="Vos")

    status, _, _ = await send(stage, f"lead/{lead}/qualify")

    rows = (await stage.get("contacts")).rows
    assert status == 303
    assert [row["_originatingleadid_value"] for row in rows] == [lead]


async def test_unknown_page_is_404(stage: Stage) -> None:
    """
    A row that is not there has no page.
    """
    assert (await stage.control("GET", "contact/nobody")).status == 404
    assert (await stage.control("GET", "")).headers["Location"] == "/_devstack/contact"
