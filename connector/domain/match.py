"""Which row a person of Spotler's is: the answer, and what may be told without asking anybody."""

from dataclasses import dataclass

from connector.domain.contact import Record, RecordId, RecordKey, Table
from connector.domain.converters.email import to_email
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.identity import find_successor
from connector.domain.mapping import EMAIL
from connector.domain.merge import Why
from connector.domain.missing import ROWLESS
from connector.domain.spotler_contact import SpotlerContact, find_own_row, is_usable
from connector.domain.sync_state import SyncState, SyncStatus


@dataclass(frozen=True, slots=True)
class Match:
    """Is the row that a person is, or would be made in, or the reason why there is none.

    `by_address` tells that nothing but the address connects the two so far.
    """

    contact: SpotlerContact
    row: RecordId | None = None
    excluded: Why | None = None
    by_address: bool = False


def why_unfit(contact: SpotlerContact) -> Why | None:
    """Return why nobody can tell who a person is, or None when that may be tried."""
    if not contact.is_readable:
        return Why.UNREADABLE
    if contact.temporary:
        return Why.TEMPORARY
    if contact.external_id and not is_usable(contact.external_id):
        return Why.NO_EXTERNAL_ID

    has_address = contact.properties.get(EMAIL.what) is not None

    return None if has_address or contact.external_id else Why.NO_IDENTITY


def address_of(contact: SpotlerContact) -> str | None:
    """Return the address of a person as addresses are compared, or None without a usable one."""
    return normal_address(contact.properties.get(EMAIL.what))


def normal_address(said: object) -> str | None:
    """Return the one spelling in which addresses are compared, or None for what is none."""
    try:
        address = to_email(said)
    except UnusableValueError:
        return None

    return address.casefold() if address else None


def spellings_of(contact: SpotlerContact) -> set[str]:
    """Return how the CRM may spell an address: as we would, or as it came with other letters."""
    address = address_of(contact)

    return {address, str(contact.properties[EMAIL.what]).strip().casefold()} if address else set()


def own_row_of(contact: SpotlerContact) -> RecordId | None:
    """Return the row that a person's external id is the id of, in case it is one."""
    return find_own_row(contact.external_id) if contact.external_id else None


def find_heir(row: Record) -> RecordKey | None:
    """Find the contact that a lead was qualified into; no contact has one."""
    return find_successor(row) if row.key.table is Table.LEAD else None


def was_there(state: SyncState) -> bool:
    """Tell whether a row that is gone was there: then somebody deleted it.

    A state with nothing but an external id is written before its row is made.
    """
    was_read = state.version > 0 or state.agreement is not None

    return was_read or state.reason in ROWLESS or state.status is SyncStatus.IN_SYNC


def without(contact: SpotlerContact, why: Why) -> Match:
    """Return that a person is nobody's row, for a reason."""
    return Match(contact, excluded=why)
