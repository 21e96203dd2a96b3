"""Who is in Dynamics before anything else happens; no event tells of them."""

from devstack.stack.controls import Controls
from devstack.stack.options import StackOptions

UNREACHABLE = {"firstname": "Kees", "lastname": "Kapot", "emailaddress1": "kapot@"}
REFUSED = {"firstname": "Wim", "lastname": "Weiger", "emailaddress1": "wim.weiger@example.nl"}
TROUBLED = (UNREACHABLE, REFUSED)
"""Two contacts who do not go through: one for the address, one because Spotler says no."""

REFUSAL = "PROPERTY_INVALID"


async def populate(stack: Controls, options: StackOptions, *, seed: int) -> None:
    """Fill Dynamics with made-up people, always the same, and with two who do not go through."""
    dataverse = stack.facts("dataverse")["url"]
    for table, count in (("contact", options.people), ("lead", options.leads)):
        if count:
            wanted = {"count": count, "seed": seed, "table": table}
            await stack.control("POST", f"{dataverse}/_devstack/seed", wanted)

    if options.troubled:
        await _add_troubled(stack)


async def _add_troubled(stack: Controls) -> None:
    contacts = f"{stack.facts('dataverse')['url']}/_devstack/user/contacts"
    for columns in TROUBLED:
        await stack.control("POST", contacts, columns)

    query = {
        "$select": "contactid",
        "$filter": f"emailaddress1 eq '{REFUSED['emailaddress1']}'",
    }
    [refused] = (await stack.control("GET", contacts, params=query))["value"]
    refusals = f"{stack.facts('spotler')['url']}/_devstack/refusals"
    await stack.control("PUT", f"{refusals}/{refused['contactid']}", {"code": REFUSAL})
