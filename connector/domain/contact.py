"""People as both systems know them: a CRM record, and what Spotler is sent."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Self

from connector.domain.converters.unusable import Note

RecordId = NewType("RecordId", str)
ExternalId = NewType("ExternalId", str)
OrganisationId = NewType("OrganisationId", str)
Fingerprint = NewType("Fingerprint", str)
Account = NewType("Account", str)
"""Names a Spotler account without telling its key."""

OPTED_OUT: Final = "CONTACT_OPTOUT"
"""Is Spotler's code for a person who wants no mail any more."""

ADDRESS_HASH_LENGTH: Final = 8

type PropertyValue = str | int | bool | None
type ColumnValue = str | int | float | bool | None


class Table(StrEnum):
    """Holds people in the CRM; the value is the table's logical name."""

    CONTACT = "contact"
    LEAD = "lead"


@dataclass(frozen=True, slots=True, order=True)
class RecordKey:
    """Names one row of the CRM; the id is a lower-case GUID with dashes."""

    table: Table
    id: RecordId

    def __hash__(self) -> int:
        """Return what differs for nearly all: keys are looked up many times for each person."""
        return hash(self.id)


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column to read; a lookup is read as an id and a label, a date may have a time."""

    name: str
    is_lookup: bool = False
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Is a CRM row as it was read.

    `columns` holds plain values by logical name (dates as ISO text, choices as their number,
    lookups as the id); `labels` holds what a person reads for choices and lookups; `version`
    grows with every write to the organisation. `unknown` names columns of which nothing was told,
    and why: their emptiness means nothing. `unsecured` names columns that are known to have no
    security, and so no mask; only where it matters for a value that is there.
    """

    key: RecordKey
    version: int
    columns: Mapping[str, ColumnValue]
    labels: Mapping[str, str] = field(default_factory=dict)
    modified_on: datetime | None = None
    unknown: Mapping[str, Note] = field(default_factory=dict)
    unsecured: Collection[str] = frozenset()

    def value(self, column: str) -> ColumnValue:
        """Return the plain value, or None when the column is empty or was not read."""
        return self.columns.get(column)

    def label(self, column: str) -> str | None:
        """Return what a person reads in the column, or None when it is empty."""
        return self.labels.get(column)


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Is a piece of a table, and where the next one begins when there is one."""

    records: tuple[Record, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class MarketingContact:
    """A contact on the way to Spotler; a property that is None is cleared there.

    `filled_at` are hashes of the addresses that the contact had when we filled what is cleared now;
    none where that is not known.
    """

    external_id: ExternalId
    properties: Mapping[str, PropertyValue]
    filled_at: frozenset[str] = frozenset()

    @property
    def fingerprint(self) -> Fingerprint:
        """Return a hash that differs whenever the values that Spotler is to hold differ.

        What is cleared is no part of it: once cleared, a property is not sent any more.
        """
        values = {name: value for name, value in self.properties.items() if value is not None}
        canonical = json.dumps([self.external_id, values], sort_keys=True)

        return Fingerprint(hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def clears(self) -> bool:
        """Tell whether a property is cleared."""
        return None in self.properties.values()

    def was_filled_at(self, address: str | None) -> bool:
        """Tell whether what is cleared was filled at an address, as far as that is known."""
        at = hash_address(self.external_id, address) if address else None

        return self.filled_at <= {at}

    def without_clearing(self) -> Self:
        """Return the contact with its values alone."""
        values = {name: value for name, value in self.properties.items() if value is not None}

        return replace(self, properties=values)


def hash_address(external_id: ExternalId, address: str) -> str:
    """Return a short hash by which an address of one contact is known again, whatever its case.

    It differs from contact to contact, and tells nobody the address.
    """
    said = f"{external_id}\n{address.casefold()}"

    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:ADDRESS_HASH_LENGTH]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Says why Spotler refused one contact: its own code, and the property when it names one.

    A transient rejection is a failure of Spotler's own: the same contact may be taken later.
    """

    code: str
    property: str | None = None
    is_transient: bool = False


def is_opt_out(rejection: Rejection) -> bool:
    """Tell whether the person left Spotler: that is a wish, and no failure."""
    return rejection.code == OPTED_OUT
