"""The rows that every environment has before anybody adds one: users, units, messages."""

from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.schema.catalogue import Catalogue
from devstack.dataverse.store import Store
from devstack.dataverse.values import Lookup
from devstack.dataverse.writing.bin import KEPT_TABLES
from devstack.dataverse.writing.merge import MERGED_TABLES

ROOT_UNIT = "b3d64f10-5a0b-ef11-9f89-6045bd9a1c22"
ADMINISTRATOR = "c8d64f10-5a0b-ef11-9f89-6045bd9a1c22"
SELLER = "d1d64f10-5a0b-ef11-9f89-6045bd9a1c22"
SALES_TEAM = "e4d64f10-5a0b-ef11-9f89-6045bd9a1c22"
EURO = "1f7a5e2c-6b0b-ef11-9f89-6045bd9a1c22"

_MESSAGES = ("Create", "Update", "Delete")
_TABLES_OF = {
    "QualifyLead": frozenset({"lead"}),
    "Restore": KEPT_TABLES,
    "Merge": MERGED_TABLES,
}
_BULK = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")


def lay_foundation(store: Store, catalogue: Catalogue, options: DataverseOptions) -> None:
    """Add the rows that are there from the start."""
    _add_organisation(store, options)
    _add_users(store, options)
    for name in (*_MESSAGES, *_BULK, "QualifyLead", "Restore", "Merge"):
        _add_message(store, catalogue, name)


def _add_organisation(store: Store, options: DataverseOptions) -> None:
    store.insert("businessunit", {"name": "Voorbeeld", "isdisabled": False}, ROOT_UNIT)
    euro = {"currencyname": "Euro", "isocurrencycode": "EUR", "currencysymbol": "€"}
    store.insert("transactioncurrency", euro, EURO)
    store.insert(
        "organization",
        {
            "name": "Voorbeeld",
            "languagecode": 1043,
            "localeid": 1043,
            "basecurrencyid": Lookup("transactioncurrency", EURO),
        },
        options.organisation_id,
    )


def _add_users(store: Store, options: DataverseOptions) -> None:
    unit = Lookup("businessunit", ROOT_UNIT)
    people = ((ADMINISTRATOR, "Jeroen", "Bakker"), (SELLER, "Fatima", "el Amrani"))
    for row_id, first, last in people:
        store.insert(
            "systemuser",
            {
                "firstname": first,
                "lastname": last,
                "fullname": f"{first} {last}",
                "domainname": f"{first.lower()}@voorbeeld.example.nl",
                "internalemailaddress": f"{first.lower()}@voorbeeld.example.nl",
                "azureactivedirectoryobjectid": store.guids.next(),
                "businessunitid": unit,
                "isdisabled": False,
            },
            row_id,
        )

    store.insert(
        "systemuser",
        {
            "lastname": "Spotler-koppeling",
            "fullname": "# Spotler-koppeling",
            "applicationid": options.client_id,
            "azureactivedirectoryobjectid": store.guids.next(),
            "businessunitid": unit,
            "isdisabled": False,
        },
        options.application_user_id,
    )
    store.insert("team", {"name": "Verkoop", "businessunitid": unit}, SALES_TEAM)


def _add_message(store: Store, catalogue: Catalogue, name: str) -> None:
    message = store.insert("sdkmessage", {"name": name})
    for table in catalogue:
        if table.name not in _TABLES_OF.get(name, {table.name}):
            continue

        if name in _BULK and not table.owned:
            continue

        store.insert(
            "sdkmessagefilter",
            {
                "sdkmessageid": Lookup("sdkmessage", message.id),
                "primaryobjecttypecode": table.name,
                "secondaryobjecttypecode": "none",
                "iscustomprocessingstepallowed": True,
                "name": f"{name} {table.name}",
            },
        )
