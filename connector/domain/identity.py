"""One person, one Spotler contact: who carries which external id.

A person's external id is the id of the CRM row that first carried them. A qualified lead hands
its external id to the contact; every rule here gives the same answer whichever of the two rows is
looked at first.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from connector.domain.contact import Column, ExternalId, Record, RecordId, RecordKey, Table

OPEN, QUALIFIED = 0, 1

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

MASTER = Column("masterid", is_lookup=True)
"""The row of the same table into which a row was merged."""

IDENTITY_COLUMNS: Mapping[Table, tuple[Column, ...]] = {
    Table.CONTACT: (Column("originatingleadid", is_lookup=True), MASTER),
    Table.LEAD: (Column("parentcontactid", is_lookup=True), Column("statecode"), MASTER),
}


def find_successor(lead: Record) -> RecordKey | None:
    """Find the contact that a lead was qualified into."""
    contact = lead.value("parentcontactid")
    if lead.value("statecode") != QUALIFIED or not isinstance(contact, str):
        return None

    return RecordKey(Table.CONTACT, RecordId(contact))


def find_master(row: Record) -> RecordKey | None:
    """Find the row of the same table into which a row was merged."""
    master = row.value(MASTER.name)
    if not isinstance(master, str) or master == row.key.id:
        return None

    return RecordKey(row.key.table, RecordId(master))


def is_unqualified(lead: Record) -> bool:
    """Tell whether a lead is open, or was until it was merged: only an open lead can be."""
    return lead.value("statecode") == OPEN or find_master(lead) is not None


def find_named_lead(contact: Record) -> RecordKey | None:
    """Find the lead from which a contact says that it was made."""
    lead = contact.value("originatingleadid")

    return RecordKey(Table.LEAD, RecordId(lead)) if isinstance(lead, str) else None


def without_lead(contact: Record) -> Record:
    """Return a contact as it is once the lead that it names is deleted."""
    return replace(contact, columns={**contact.columns, "originatingleadid": None})


def hands_over(lead: Record, contact: RecordKey) -> bool:
    """Tell whether a lead that a contact names became that contact.

    Anybody may name a lead; its own row says whether it was qualified, and into whom.
    """
    return lead.value("statecode") == QUALIFIED and find_successor(lead) in {None, contact}


def find_bearer(contact: RecordKey, external_id: ExternalId | None) -> RecordKey | None:
    """Find the lead whose id a contact carries on."""
    lead = find_record_id(external_id)
    if lead is None or external_id == own_external_id(contact):
        return None

    return RecordKey(Table.LEAD, lead)


def find_record_id(external_id: ExternalId | None) -> RecordId | None:
    """Find the row that an external id may name; an account has others for its own contacts."""
    is_of_row = external_id is not None and _GUID.fullmatch(external_id)

    return RecordId(external_id) if external_id and is_of_row else None


def own_external_id(key: RecordKey) -> ExternalId:
    """Return the external id of a person whom no other row carried before."""
    return ExternalId(key.id)
