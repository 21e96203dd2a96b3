"""Fill an environment with made-up people."""

import asyncio
import dataclasses
from collections.abc import Iterator
from itertools import batched

from devstack.dataverse.foundation import ADMINISTRATOR, SALES_TEAM, SELLER
from devstack.dataverse.people import Person, companies, people
from devstack.dataverse.schema.table import Table
from devstack.dataverse.values import Lookup, Value
from devstack.dataverse.writing.environment import Caller, Environment
from devstack.dataverse.writing.session import Session

_CHUNK = 500
_PEOPLE_PER_COMPANY = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Seed:
    """How many people of which table, and whether events tell of them."""

    count: int = 100
    seed: int = 0
    table: str = "contact"
    events: bool = False


async def plant(environment: Environment, seed: Seed) -> list[str]:
    """Create the people of a seed and return their ids; others may be served in between."""
    table = environment.catalogue.get(seed.table)
    names = list(companies(max(1, seed.count // _PEOPLE_PER_COMPANY), seed.seed))
    accounts = _plant_companies(environment, names) if seed.table == "contact" else []
    owners = (
        Lookup("systemuser", ADMINISTRATOR),
        Lookup("systemuser", SELLER),
        Lookup("team", SALES_TEAM),
    )

    ids: list[str] = []
    for chunk in batched(enumerate(people(seed.count, seed.seed)), _CHUNK, strict=False):
        rows = (
            {**_columns(person, number, names, accounts), "ownerid": owners[number % len(owners)]}
            for number, person in chunk
        )
        ids += _create(environment, table, rows, events=seed.events)
        await asyncio.sleep(0)

    return ids


def _plant_companies(environment: Environment, names: list[str]) -> list[Lookup]:
    table = environment.catalogue.get("account")
    rows: Iterator[dict[str, Value]] = ({"name": name} for name in names)

    return [Lookup("account", row_id) for row_id in _create(environment, table, rows, events=False)]


def _columns(
    person: Person, number: int, names: list[str], accounts: list[Lookup]
) -> dict[str, Value]:
    if not accounts:
        company = names[number % len(names)]
        return {**person.shared, "companyname": company, "subject": f"Interesse van {company}"}

    columns: dict[str, Value] = {**person.shared, **person.private}
    if number % 3:
        columns["parentcustomerid"] = accounts[number % len(accounts)]

    return columns


def _create(
    environment: Environment, table: Table, rows: Iterator[dict[str, Value]], *, events: bool
) -> list[str]:
    with environment.transaction() as noted:
        session = Session(environment, Caller(ADMINISTRATOR, sees_secured=True), noted)
        ids = [session.create(table, row).id for row in rows]
        if not events:
            noted.clear()

    return ids
