"""People who are in Spotler, each with a permission, before anything happens to their rows."""

from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.dynamics_admin import DynamicsAdmin
from tests.integration.existing_people import CONTACTS, LEADS, start_anew

PEOPLE = 60
KINDS = {"contact": CONTACTS, "lead": LEADS}


async def synced_people(local: Local, table: str = "contact") -> list[str]:
    """Sync sixty people, all with an address, and let Spotler hold a permission of each."""
    await DynamicsAdmin(local).hide()
    await start_anew(local, count=PEOPLE, table=table)
    rows = await local.crm.rows(table, "emailaddress1")
    nameless = [key for key, row in rows.items() if not row["emailaddress1"]]
    await local.crm.update_all(
        table, {key: {"emailaddress1": f"{key[:8]}@voorbeeld.nl"} for key in nameless}
    )
    await synced(local, table)
    people = sorted(rows)
    for person in people:
        await local.spotler.permit(person, 1)

    return people


async def synced(local: Local, table: str = "contact") -> Json:
    admin = await Administrator.of(local.stack)
    job = await admin.until(await admin.start(KINDS[table]))
    await local.stack.settle()

    return job


async def withdrawn(local: Local) -> set[str]:
    """Return who has no permission in Spotler."""
    contacts = await local.spotler.contacts()

    return {id_ for id_, one in contacts.items() if not any(one["permissions"].values())}
