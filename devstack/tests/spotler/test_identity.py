"""Who is the same contact: the account's dedupe rules decide."""

from devstack.tests.spotler.client import Caller, a_contact, upsert
from devstack.tests.spotler.conftest import Start


async def test_external_id_alone_decides(spotler: Caller) -> None:
    """
    By external id alone, two contacts may share an address.
    """
    await spotler.has("lead", email="jan@example.nl")

    await spotler.has("contact", email="jan@example.nl")

    assert len(spotler.account.people) == 2


async def test_known_email_takes_new_id(start: Start) -> None:
    """
    With e-mail in the rules, a known address under a new id is the same contact renamed.
    """
    spotler = await start(dedupe="email,externalId")
    await spotler.has("lead", email="jan@example.nl", firstName="Jan")

    await spotler.has("contact", email="JAN@example.nl")

    assert len(spotler.account.people) == 1
    assert (await spotler.get("/contact/lead")).status == 404
    assert (await spotler.properties("contact"))["firstName"] == "Jan"


async def test_email_wins_over_external_id(start: Start) -> None:
    """
    With e-mail first, the contact of the address takes the id from the contact that had it.
    """
    spotler = await start(dedupe="email,externalId")
    await spotler.has("a", email="a@example.nl")
    await spotler.has("b", email="b@example.nl")

    await spotler.has("b", email="a@example.nl")

    by_email = {one.properties["email"]: one.external_id for one in spotler.account.people.all()}
    assert by_email == {"a@example.nl": "b", "b@example.nl": None}


async def test_known_email_without_update(start: Start) -> None:
    """
    With e-mail in the rules, inserting a known address is refused.
    """
    spotler = await start(dedupe="email,externalId")
    await spotler.has("lead", email="jan@example.nl")

    answer = await spotler.post("/contact", {"contact": a_contact("new", email="jan@example.nl")})

    assert answer.error == "CONTACT_ALREADY_EXISTS"


async def test_new_email_falls_back_to_id(start: Start) -> None:
    """
    With e-mail in the rules, an unknown address is still found by external id.
    """
    spotler = await start(dedupe="email,externalId")
    await spotler.has("a", email="old@example.nl")

    answer = await spotler.post("/contact", upsert("a", email="new@example.nl"))

    assert answer.status == 204
    assert len(spotler.account.people) == 1
