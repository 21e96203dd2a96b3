"""People as Spotler tells of them, and where their rows in the CRM are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID, uuid5

from connector.domain.contact import (
    ExternalId,
    OrganisationId,
    PropertyValue,
    RecordId,
    RecordKey,
    Table,
)

SpotlerKey = NewType("SpotlerKey", str)


@dataclass(frozen=True, slots=True)
class SpotlerContact:
    """Is one person as Spotler holds them.

    `key` is Spotler's own id, which everybody there has. `properties` holds what has a value;
    sets, and so permissions, are never among them. Of one that is not readable the rest is empty.
    """

    key: SpotlerKey
    external_id: ExternalId | None
    last_changed: datetime | None
    properties: Mapping[str, PropertyValue]
    temporary: bool = False
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Is a piece of the feed of people, and whether there may be more behind it."""

    contacts: tuple[SpotlerContact, ...]
    has_more: bool


def born_row(organisation: OrganisationId, external_id: ExternalId) -> RecordKey:
    """Return the contact that is made of a person of Spotler's: always the same one.

    Whoever makes it a second time finds it there.
    """
    return RecordKey(
        Table.CONTACT, RecordId(str(uuid5(UUID(organisation), f"person:{external_id}")))
    )


def is_usable(external_id: ExternalId) -> bool:
    """Tell whether Spotler can be asked for who has an id: one of dots is another path."""
    return external_id.strip(".") != ""


def find_own_row(external_id: ExternalId) -> RecordId | None:
    """Find the row that an external id is the id of, in case it is one."""
    try:
        row = str(UUID(external_id))
    except ValueError:
        return None

    return RecordId(row) if row == external_id.lower() else None
