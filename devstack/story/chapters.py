"""What happens in the story: each chapter does something in Dynamics and waits for Spotler."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from devstack.stack import Stack
from devstack.stack.crm_user import CrmUser
from devstack.stack.record_watch import RecordWatch
from devstack.stack.spotler_watch import SpotlerWatch

BURST = 200


@dataclass(slots=True)
class Told:
    """Is what a chapter has to tell."""

    sentence: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Scene:
    """Is where the story plays."""

    stack: Stack
    crm: CrmUser
    spotler: SpotlerWatch
    records: RecordWatch
    cast: dict[str, str] = field(default_factory=dict)


type Chapter = Callable[[Scene, Told], Awaitable[None]]


@asynccontextmanager
async def timed(told: Told) -> AsyncIterator[None]:
    """Note how long it took, from the user's click until Spotler had it."""
    began = time.perf_counter()
    yield
    told.seconds = time.perf_counter() - began


async def created(scene: Scene, told: Told) -> None:
    """Create a contact."""
    async with timed(told):
        contact = await scene.crm.create(
            "contact",
            firstname="Sanne",
            middlename="de",
            lastname="Wit",
            emailaddress1="sanne.de.wit@example.nl",
            mobilephone="+31 6 18596225",
            address1_postalcode="2711ab",
            address1_city="Zoetermeer",
            birthdate="1961-03-26",
        )
        person = await scene.spotler.until(contact, lastName="Wit")

    scene.cast["Sanne"] = contact
    values = person["properties"]
    told.sentence = (
        f"Sanne de Wit is in Spotler: mobile {values['mobilePhone']}, "
        f"postcode {values['postalCode']}, born {values['birthday']}"
    )


async def changed(scene: Scene, told: Told) -> None:
    """Change the contact."""
    async with timed(told):
        await scene.crm.update("contact", scene.cast["Sanne"], address1_city="Delft")
        await scene.spotler.until(scene.cast["Sanne"], city="Delft")

    told.sentence = "Sanne has moved to Delft"


async def burst(scene: Scene, told: Told) -> None:
    """Edit two hundred people at once."""
    rows = await scene.crm.rows("contact", "emailaddress1")
    some = sorted(one for one, row in rows.items() if row["emailaddress1"])[:BURST]
    await scene.spotler.forget_calls()
    async with timed(told):
        await scene.crm.update_all("contact", {one: {"address1_city": "Gouda"} for one in some})
        await scene.spotler.until_all(some, city="Gouda")

    calls = await scene.spotler.calls("POST /contact/list")
    told.sentence = f"{len(some)} people moved to Gouda, in {calls} calls to Spotler"


async def qualified(scene: Scene, told: Told) -> None:
    """Qualify a lead."""
    lead = await scene.crm.create(
        "lead", firstname="Daan", lastname="Visser", emailaddress1="daan.visser@example.nl"
    )
    await scene.spotler.until(lead, freeField1="Lead")
    async with timed(told):
        contact = await scene.crm.qualify(lead)
        await scene.spotler.until(lead, freeField1="Contact")

    everybody = await scene.spotler.contacts()
    if contact in everybody:
        raise AssertionError("a qualified lead must stay one Spotler contact")

    told.sentence = "Daan Visser went from lead to contact and is still one person in Spotler"


async def excluded(scene: Scene, told: Told) -> None:
    """Give somebody an address that cannot work; the neighbour is none the worse."""
    async with timed(told):
        bad, good = await asyncio.gather(
            scene.crm.create("contact", lastname="Kapot", emailaddress1="kapot@"),
            scene.crm.create("contact", lastname="Heel", emailaddress1="heel@example.nl"),
        )
        await scene.spotler.until(good, lastName="Heel")

    reason = await scene.records.until_excluded(bad)
    if bad in await scene.spotler.contacts():
        raise AssertionError("a person without a usable address must not be in Spotler")

    told.sentence = f"kapot@ is excluded with reason {reason}, Heel beside it is in Spotler"


CHAPTERS: tuple[tuple[str, Chapter], ...] = (
    ("A contact is created", created),
    ("The contact is changed", changed),
    (f"{BURST} people are edited at once", burst),
    ("A lead is qualified", qualified),
    ("An e-mail address cannot work", excluded),
)
