"""Whether Spotler holds what Dynamics holds, told without a line of the product's code."""

from collections.abc import Collection
from typing import Any

from tests.integration.conftest import Local

COLUMNS = ("firstname", "lastname", "emailaddress1", "address1_city")
PROPERTIES = ("firstName", "lastName", "email", "city")

type Person = tuple[object, ...]


async def differences(local: Local, permitted: Collection[str] = ()) -> list[str]:
    """Return one line for each person who is not the same on both sides.

    Who was `permitted` and still is in Dynamics must be so in the end.
    """
    wanted = await _wanted(local)
    found = {
        key: (*(one["properties"].get(name) for name in PROPERTIES), _type(one))
        for key, one in (await local.spotler.contacts()).items()
    }
    missing = [f"{key} is missing" for key in wanted.keys() - found.keys()]
    other = [
        f"{key} is {found[key]}, must be {person}"
        for key, person in wanted.items()
        if key in found and found[key] != person
    ]
    ghosts = [
        f"{key} is deleted and has permissions"
        for key, one in (await local.spotler.contacts()).items()
        if key not in wanted and any(one["permissions"].values())
    ]

    robbed = [
        f"{key} has lost the permissions"
        for key, one in (await local.spotler.contacts()).items()
        if key in permitted and key in wanted and not any(one["permissions"].values())
    ]

    return missing + other + ghosts + robbed


async def _wanted(local: Local) -> dict[str, Person]:
    """Return who must be in Spotler: by the external id, a qualified lead's id for its contact."""
    leads = await local.crm.rows("lead", *COLUMNS, "statecode", "_parentcontactid_value")
    contacts = await local.crm.rows("contact", *COLUMNS, "_originatingleadid_value")
    wanted = {
        row.get("_originatingleadid_value") or key: _person(row, "Contact")
        for key, row in contacts.items()
        if _is_reachable(row)
    }
    for key, row in leads.items():
        if not row.get("_parentcontactid_value") and _is_reachable(row):
            wanted[key] = _person(row, "Lead")

    return wanted


def _is_reachable(row: dict[str, Any]) -> bool:
    address = row.get("emailaddress1") or ""

    return "@" in address and not address.endswith("@")


def _person(row: dict[str, Any], type_: str) -> Person:
    return (*(row.get(column) for column in COLUMNS), type_)


def _type(one: dict[str, Any]) -> object:
    return one["properties"].get("freeField1")
