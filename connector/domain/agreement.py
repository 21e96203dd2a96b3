"""Whether a row of the CRM says what Spotler was never told, and what to remember of it."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from connector.domain.contact import Fingerprint, Record
from connector.domain.spotler_contact import SpotlerContact
from connector.domain.sync_state import Agreement, SyncState, SyncStatus
from connector.domain.way_back import WayBack

NEVER = Agreement(0)
"""Is of a row that was compared with its person, and differs: it stays until Spotler has got it."""


def said_by(row: Record, ways: Iterable[WayBack]) -> Fingerprint:
    """Return a hash of what a row says in the columns that Spotler may write."""
    said = sorted((way.column, way.held(row)) for way in ways)

    return Fingerprint(hashlib.sha256(json.dumps(said).encode()).hexdigest())


def is_unsent(
    known: SyncState, row: Record, fingerprint: Fingerprint | None, ways: Iterable[WayBack]
) -> bool:
    """Tell whether a row may say what Spotler was never told; `fingerprint` is of the row now.

    Of a row that was never looked at before nothing is known. A row that was not touched since it
    was sent, or since both agreed, says nothing new, whatever the mappings make of it today.
    """
    if known.status is SyncStatus.FAILING:
        return True
    if known.agreement is not None and known.agreement.version >= known.version:
        is_newer = row.version > known.agreement.version

        return is_newer and known.agreement.said != said_by(row, ways)
    if known.status is None:
        return False
    if None in (known.fingerprint, fingerprint):
        return True

    return row.version > known.version and fingerprint != known.fingerprint


def agree(
    known: SyncState,
    row: Record,
    contact: SpotlerContact,
    ways: Sequence[WayBack],
    *,
    unsent: bool,
) -> Agreement | None:
    """Return what to remember of a row as it is now, or None when that is what is known already.

    A row that says more than its person does agrees with them all the same, unless that is
    something new: nothing but Spotler having got it ends that it is `unsent`.
    """
    differs = any(way.change(row, contact.properties) is not None for way in ways)
    if differs:
        is_first = known.status is None and known.agreement is None

        return NEVER if is_first else None
    if unsent and not all(way.is_known(row, contact.properties) for way in ways):
        return None

    agreement = Agreement(row.version, said_by(row, ways))

    return None if agreement == known.agreement else agreement
