"""An environment that became another organisation is neither read nor written, by anybody."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from connector.adapters.dataverse.auth import ClientSecretTokens
from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.contact_book import DataverseContactBook
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.mailing_book import DataverseMailingBook
from connector.adapters.dataverse.newest import DataverseNewest
from connector.adapters.dataverse.related import DataverseRelated
from connector.adapters.dataverse.who_am_i import PROVEN_SECONDS, ProvenClient
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import Column, OrganisationId, RecordId, Table
from connector.domain.mailing import Mailing
from devstack.dataverse import DataverseSimulator
from tests.builders import an_id

OTHER = "00000000-1111-2222-3333-444444444444"
NAME, ID = [Column("lastname")], an_id(1)
CONTACT = Table.CONTACT

type Use = Callable[["Adapters"], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """Is all that reads or writes people, on one client."""

    people: DataverseGateway
    related: DataverseRelated
    newest: DataverseNewest
    contacts: DataverseContactBook
    mailings: DataverseMailingBook

    @classmethod
    def of(cls, client: ProvenClient) -> "Adapters":
        return cls(
            people=DataverseGateway(client),
            related=DataverseRelated(client),
            newest=DataverseNewest(client, DataverseColumns(client)),
            contacts=DataverseContactBook(client, "tag"),
            mailings=DataverseMailingBook(client, "tag"),
        )


USES: dict[str, Use] = {
    "rows": lambda all_: all_.people.list_records(CONTACT, [ID], NAME),
    "lead of a contact": lambda all_: all_.people.find_originating_leads([ID]),
    "heirs": lambda all_: all_.people.find_heirs([ID]),
    "merged rows": lambda all_: all_.people.find_merged(CONTACT, [ID]),
    "addresses": lambda all_: all_.people.list_by_address(CONTACT, "emailaddress1", ["a@b.nl"]),
    "deletions": lambda all_: all_.people.find_deleted(CONTACT, [ID]),
    "proof": lambda all_: all_.people.prove(),
    "columns": lambda all_: all_.people.look_at_columns(CONTACT, ["lastname"]),
    "pages": lambda all_: all_.people.read_page(CONTACT, NAME, size=10),
    "count": lambda all_: all_.people.count(CONTACT),
    "names": lambda all_: all_.related.read_related(CONTACT, ["ownerid"], [ID], size=10),
    "examples": lambda all_: all_.newest.find_newest(CONTACT, NAME),
    "new contact": lambda all_: all_.contacts.create(ID, {"lastname": "Vos"}),
    "writable columns": lambda all_: all_.contacts.describe_columns(),
    "mailings": lambda all_: all_.mailings.list_mailings([ID]),
    "new mailing": lambda all_: all_.mailings.save({RecordId(ID): Mailing("key", "name")}),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
async def test_other_organisation_is_left_alone(use: Use) -> None:
    """
    What worked a minute ago is refused once the environment is another organisation.
    """
    simulator = DataverseSimulator()
    facts = {name: str(fact) for name, fact in (await simulator.start()).items()}
    now = 0.0
    client = ProvenClient(
        facts["url"],
        ClientSecretTokens(
            authority=facts["authority"],
            tenant=facts["tenant_id"],
            client_id=facts["client_id"],
            secret=facts["client_secret"],
            scope=f"{facts['url']}/.default",
        ),
        OrganisationId(facts["organisation_id"]),
        clock=lambda: now,
    )
    try:
        await use(Adapters.of(client))
        before = simulator.environment.store.count("contact")
        async with httpx.AsyncClient(base_url=facts["url"]) as http:
            await http.put("/_devstack/organisation", json={"id": OTHER})
        now = PROVEN_SECONDS

        with pytest.raises(OtherOrganisationError):
            await use(Adapters.of(client))

        assert simulator.environment.store.count("contact") == before
    finally:
        await client.close()
        await simulator.stop()
