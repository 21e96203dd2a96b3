"""The controls: look inside, wait for what comes, act as a Spotler user, begin anew."""

import asyncio
import html.parser

import pytest

from devstack.tests.spotler.client import Caller, upsert


async def somebody_waits(spotler: Caller) -> None:
    """Return once the simulator holds a request."""
    while not spotler.account.changes._waiting:  # noqa: ASYNC110  # it tells nobody who waits
        await asyncio.sleep(0)


async def test_contacts_by_external_id(spotler: Caller) -> None:
    """
    All contacts are shown by external id, or by encrypted id when they have no other.
    """
    await spotler.has("c-1", firstName="Jan", permissions=[{"bit": 4, "enabled": True}])
    made = await spotler.control("POST", "/contacts", {"properties": {"firstName": "Piet"}})

    contacts = (await spotler.control("GET", "/contacts")).data

    assert set(contacts) == {"c-1", made.data[0]["encryptedId"]}
    assert contacts["c-1"]["properties"] == {"firstName": "Jan"}
    assert contacts["c-1"]["permissions"] == {"1": False, "2": False, "4": True}
    assert contacts["c-1"]["channels"] == {"EMAIL": False, "SMS": False}
    assert contacts["c-1"]["anonymised"] is False
    assert isinstance(contacts["c-1"]["lastChanged"], int)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"property": "firstName", "equals": "Jan"},
        {"property": "lastName"},
        {"permission": 1},
        {"permission": 2, "equals": "false"},
        {"state": "inactive", "equals": "false"},
    ],
    ids=["exists", "property", "cleared", "permission", "no-permission", "state"],
)
async def test_wait_ends_when_it_happens(spotler: Caller, query: dict[str, object]) -> None:
    """
    Who waits for a contact is answered as soon as it is as expected.
    """
    asked = asyncio.create_task(spotler.control("GET", "/contacts/c-1", **query, timeout=60))
    await somebody_waits(spotler)
    assert not asked.done()

    await spotler.has("c-1", firstName="Jan", permissions=[{"bit": 1, "enabled": True}])

    answer = await asked
    assert (answer.status, answer.data["externalId"]) == (200, "c-1")


async def test_wait_sees_later_state(spotler: Caller) -> None:
    """
    Changes that do not suffice do not end the wait.
    """
    await spotler.has("c-1", firstName="Jan")
    asked = asyncio.create_task(
        spotler.control("GET", "/contacts/c-1", state="anonymised", timeout=60)
    )
    await somebody_waits(spotler)

    await spotler.has("c-1", firstName="Piet")
    await spotler.put("/contact/anonymize/c-1")

    assert (await asked).data["properties"] == {}


async def test_wait_ends_in_vain(spotler: Caller) -> None:
    """
    What does not happen in time is 408, for a contact that exists or not.
    """
    await spotler.has("c-1", firstName="Jan")

    other = await spotler.control(
        "GET", "/contacts/c-1", property="firstName", equals="Piet", timeout=0.01
    )
    nobody = await spotler.control("GET", "/contacts/c-2", timeout=0.01)
    at_once = await spotler.control("GET", "/contacts/c-2")

    assert (other.status, nobody.status, at_once.status) == (408, 408, 404)


async def test_stop_lets_go_who_waits(spotler: Caller) -> None:
    """
    A simulator that stops answers who waits, and waits for nobody.
    """
    asked = asyncio.create_task(spotler.control("GET", "/contacts/c-1", timeout=60))
    await somebody_waits(spotler)

    await asyncio.wait_for(spotler.simulator.stop(), 1)

    assert (await asked).status == 408


async def test_start_after_stop_keeps_port(spotler: Caller) -> None:
    """
    A simulator that starts again has its old address and all that it held.
    """
    await spotler.has("c-1")
    await spotler.simulator.stop()

    facts = await spotler.simulator.start()

    assert facts == spotler.facts
    assert (await spotler.get("/contact/c-1")).status == 200
    waited = await spotler.control("GET", "/contacts/c-1", timeout=60)
    assert waited.status == 200


async def test_wait_for_many(spotler: Caller) -> None:
    """
    One can wait until there are enough contacts, or enough members on a list.
    """
    size = asyncio.create_task(spotler.control("GET", "/size", contacts=2, timeout=60))
    members = asyncio.create_task(spotler.control("GET", "/lists/l-1", members=2, timeout=60))
    await somebody_waits(spotler)
    for external_id in ("c-1", "c-2"):
        await spotler.has(external_id)
    body = {"externalTemporaryListId": "l-1", "name": "Beurs", "contacts": ["c-1", "c-2"]}
    await spotler.post("/templist", body)

    assert (await size).data["contacts"] == 2
    assert (await members).data["members"] == ["c-1", "c-2"]
    assert (await spotler.control("GET", "/size", contacts=3, timeout=0.01)).status == 408
    assert (await spotler.control("GET", "/lists/l-1", members=3, timeout=0.01)).status == 408


@pytest.mark.feature("F69", "F70")
async def test_user_edits_contact(spotler: Caller) -> None:
    """
    What a Spotler user makes and edits obeys the same rules and is read by the API.
    """
    made = await spotler.control(
        "POST",
        "/contacts",
        [{"externalId": "c-1", "properties": {"firstName": "Jan"}, "permissions": [2]}],
    )
    edited = await spotler.control(
        "PATCH",
        "/contacts/c-1",
        {
            "properties": {"firstName": "Piet"},
            "testGroup": True,
            "temporary": True,
            "bounced": True,
        },
    )
    refused = await spotler.control(
        "PATCH", "/contacts/c-1", {"properties": {"postalCode": "B-1000"}}
    )

    assert (made.status, edited.status, refused.status) == (201, 200, 400)
    assert edited.data["permissions"]["2"] is True
    assert edited.data["testGroup"] is True
    assert (await spotler.get("/contact/c-1")).data["temporary"] is True
    assert "postalCode" in refused.text
    assert (await spotler.properties("c-1"))["firstName"] == "Piet"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/contacts/nobody", {}, 404),
        ("PUT", "/contacts/c-1/permissions/64", {"enabled": True}, 404),
        ("PUT", "/contacts/c-1/permissions/one", {"enabled": True}, 400),
        ("POST", "/contacts", {"properties": []}, 400),
        ("POST", "/contacts", {"name": "Jan"}, 400),
        ("PUT", "/refusals/c-1", {"code": "NONE"}, 400),
        ("DELETE", "/properties/none", None, 404),
        ("PUT", "/properties/firstName", {"type": "colour"}, 400),
        ("DELETE", "/permissions/64", None, 404),
        ("GET", "/campaigns/none", None, 404),
        ("PATCH", "/lists/none", {"inUse": True}, 404),
        ("PUT", "/mailings/m-1", {"links": [{"name": "x", "url": "y"}]}, 400),
        ("PUT", "/mailings/m-1", {"links": [{"id": "1", "name": "x", "url": "y"}]}, 400),
        ("PUT", "/mailings/m-1", {"scheduledStartDate": "soon"}, 400),
        ("POST", "/interactions", {"kind": "sent", "mailing": "none", "contact": "c-1"}, 404),
        ("POST", "/interactions", {"kind": "sung", "mailing": "mActie", "contact": "c-1"}, 400),
        (
            "POST",
            "/interactions",
            {"kind": "bounced", "mailing": "mActie", "contact": "c-1", "bounceType": "HARDBOUNCE"},
            400,
        ),
        ("PATCH", "/options", {"colour": "red"}, 400),
        ("GET", "/nothing", None, 501),
    ],
)
async def test_wrong_control_is_told(
    spotler: Caller, method: str, path: str, body: object, status: int
) -> None:
    """
    A control request that cannot be followed says so.
    """
    await spotler.has("c-1")

    answer = await spotler.control(method, path, body)

    assert answer.status == status
    assert answer.text


async def test_account_without_permissions(spotler: Caller) -> None:
    """
    An account can do without permissions altogether.
    """
    await spotler.control("DELETE", "/properties/permissions")
    await spotler.has("c-1")

    assert set(await spotler.properties("c-1")) == {"list1"}
    assert (await spotler.control("PUT", "/permissions/1", {"description": "x"})).status == 404
    assert (await spotler.control("GET", "/contacts/c-1")).data["permissions"] == {}


async def test_calls_are_counted(spotler: Caller) -> None:
    """
    Calls are counted by operation and status until somebody resets them.
    """
    await spotler.has("c-1")
    await spotler.has("c-2")
    await spotler.get("/contact/nobody")
    await spotler.get("/audience")

    counted = (await spotler.control("GET", "/calls")).data
    after = (await spotler.control("DELETE", "/calls")).data

    assert counted == {
        "total": 4,
        "calls": {
            "POST /contact": {"204": 2},
            "GET /contact/{externalId}": {"404": 1},
            "GET unknown": {"501": 1},
        },
    }
    assert after == {"total": 0, "calls": {}}


async def test_reset_begins_anew(spotler: Caller) -> None:
    """
    After a reset nothing is left of contacts, lists, switches, fields and counts.
    """
    await spotler.has("c-1")
    await spotler.control("PATCH", "/options", {"string_limit": 3})
    await spotler.control("DELETE", "/properties/freeField1")
    await spotler.control("PUT", "/gone", {"paths": ["/contact"]})

    await spotler.control("POST", "/reset")

    assert (await spotler.control("GET", "/size")).data == {"contacts": 0, "lists": 1}
    assert (await spotler.control("GET", "/options")).data["string_limit"] == 255
    assert (await spotler.control("GET", "/calls")).data["total"] == 0
    assert (await spotler.post("/contact", upsert("c-1", freeField1="Lead"))).status == 204


class Cells(html.parser.HTMLParser):
    """The texts and the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # named by the parser
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


async def test_page_escapes_everything(spotler: Caller) -> None:
    """
    What people typed is text on the page, never markup.
    """
    await spotler.has("<i>c-1", firstName="<script>alert(1)</script>", lastName='O\'Neil & "Zn"')
    await spotler.control("PUT", "/permissions/1", {"description": "<b>News"})
    await spotler.control("PUT", "/properties/lastName", {"description": "<u>Name"})
    await spotler.control("PUT", "/contacts/%3Ci%3Ec-1/permissions/1", {"enabled": True})

    answer = await spotler.control("GET", "/")

    page = Cells()
    page.feed(answer.text)
    assert {"script", "i", "b", "u"}.isdisjoint(page.tags)
    shown = ("<i>c-1", "<script>alert(1)</script>", 'O\'Neil & "Zn"', "<b>News", "<u>Name")
    assert set(shown) <= set(page.texts)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_page_says_what_became(spotler: Caller) -> None:
    """
    The page shows the state of each contact and stays short.
    """
    for number in range(250):
        await spotler.has(f"c-{number}")
    await spotler.put("/contact/inactivate/c-0")
    await spotler.put("/contact/anonymize/c-1")

    text = (await spotler.control("GET", "/")).text

    assert "250 contacten" in text
    assert text.count("<tr>") == 201
    assert "<td>inactief</td>" in text
    assert "<td>geanonimiseerd</td>" in text


async def test_contacts_are_forgotten(spotler: Caller) -> None:
    """
    Contacts can be lost, some or all, with what they were on; the same ids can come again.
    """
    for name in ("c-1", "c-2", "c-3"):
        await spotler.has(name, email=f"{name}@example.nl")
    members = {"externalTemporaryListId": "l", "name": "l", "contacts": ["c-1", "c-2"]}
    await spotler.post("/templist", members)

    some = await spotler.control("POST", "/forget", {"externalIds": ["c-1"]})
    left = (await spotler.control("GET", "/contacts")).data
    listed = (await spotler.control("GET", "/lists/l")).data["members"]
    every = await spotler.control("POST", "/forget", {})
    await spotler.has("c-1", email="c-1@example.nl")

    assert some.data == {"forgotten": 1, "contacts": 2}
    assert (set(left), listed) == ({"c-2", "c-3"}, ["c-2"])
    assert every.data == {"forgotten": 2, "contacts": 0}
    assert [one.external_id for one in spotler.account.people.with_email("c-1@example.nl")] == [
        "c-1"
    ]
    assert len(spotler.account.people.all()) == 1


async def test_nobody_unknown_is_forgotten(spotler: Caller) -> None:
    """
    Who is not there cannot be lost, and then nobody is.
    """
    await spotler.has("c-1")

    answer = await spotler.control("POST", "/forget", {"externalIds": ["c-1", "c-9"]})

    assert answer.status == 404
    assert len(spotler.account.people) == 1
