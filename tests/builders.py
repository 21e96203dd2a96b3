"""Values for tests, each complete and plausible; a test names only what it is about."""

import itertools
from datetime import UTC, datetime
from uuid import UUID

from connector.domain.contact import (
    ColumnValue,
    OrganisationId,
    Record,
    RecordId,
    RecordKey,
    Table,
)
from connector.domain.event import Change, Notification, RecordChanged, RelatedChanged
from connector.domain.property import Catalogue, Property, PropertyKind, PropertyType
from connector.domain.related import RelatedKey, RelatedTable

ORGANISATION = OrganisationId("7c1e9a52-4d0b-ef11-9f83-000d3adf4a10")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

_numbers = itertools.count(1)


def an_id(number: int | None = None) -> RecordId:
    """Return a row id; the same for the same number."""
    return RecordId(str(UUID(int=(number or next(_numbers)) << 96 | 0x4A3F6045BD9C4E03)))


def a_contact_key(number: int | None = None) -> RecordKey:
    return RecordKey(Table.CONTACT, an_id(number))


def a_lead_key(number: int | None = None) -> RecordKey:
    return RecordKey(Table.LEAD, an_id(number))


def a_change(
    key: RecordKey | None = None,
    change: Change = Change.UPDATED,
    *,
    forced: bool = False,
    attempt: int = 0,
) -> RecordChanged:
    number = next(_numbers)

    return RecordChanged(
        organisation=ORGANISATION,
        key=key or a_contact_key(),
        change=change,
        operation=f"operation-{number}",
        step="step-1",
        correlation=f"correlation-{number}",
        forced=forced,
        attempt=attempt,
    )


def a_rename(
    table: RelatedTable = RelatedTable.ACCOUNT,
    row: RecordId | None = None,
    *,
    organisation: OrganisationId = ORGANISATION,
    attempt: int = 0,
) -> RelatedChanged:
    number = next(_numbers)

    return RelatedChanged(
        organisation=organisation,
        key=RelatedKey(table, row or an_id()),
        operation=f"operation-{number}",
        step="step-1",
        correlation=f"correlation-{number}",
        attempt=attempt,
    )


def a_notification(
    table: str = "contact",
    message: str = "Update",
    *,
    organisation: OrganisationId = ORGANISATION,
    row_id: str | None = an_id(7),
    user: str | None = None,
    tag: str | None = None,
    columns: frozenset[str] | None = frozenset({"emailaddress1"}),
) -> Notification:
    return Notification(
        organisation=organisation,
        table=table,
        row_id=row_id,
        message=message,
        operation="operation-7",
        step="step-1",
        correlation="correlation-7",
        initiating_user=user,
        tag=tag,
        columns=columns,
    )


def a_person(
    key: RecordKey | None = None,
    *,
    version: int = 1,
    email: ColumnValue = "jan@example.nl",
    **columns: ColumnValue,
) -> Record:
    """Return a contact or lead, as the key says; columns are added or replaced by name."""
    plain = {"emailaddress1": email, "firstname": "Jan", "lastname": "Jansen", **columns}

    return Record(key or a_contact_key(), version, plain, {"ownerid": "Els de Boer"})


def a_property(
    name: str,
    label: str | None = None,
    type_: PropertyType = PropertyType.STRING,
    kind: PropertyKind = PropertyKind.CONTACT,
    bits: tuple[int, ...] = (),
) -> Property:
    return Property(name, label or name, type_, kind, bits)


def a_catalogue() -> Catalogue:
    """Return the fields of an account in which all that the defaults need is there."""
    return (
        a_property("email", type_=PropertyType.EMAIL),
        a_property("firstName"),
        a_property("lastName"),
        a_property("postalCode", type_=PropertyType.POSTCODE),
        a_property("birthday", "Birthday", PropertyType.BIRTHDATE),
        a_property("freeField1", "Type", kind=PropertyKind.FREE),
        a_property("profileField1", "Owner", kind=PropertyKind.PROFILE),
        a_property("permissions", type_=PropertyType.SET, bits=(1, 2)),
    )
