"""What becomes of a person of Spotler's in the CRM: decided from what was read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from connector.domain.contact import ColumnValue, Record, RecordId
from connector.domain.spotler_contact import SpotlerContact
from connector.domain.way_back import WayBack

GRAIN = timedelta(seconds=1)


class Why(StrEnum):
    """Tells why a person of Spotler's is left out or fails; codes that the page words."""

    TEMPORARY = "temporary"
    NO_IDENTITY = "no_identity"
    NO_EMAIL = "no_email"
    INVALID_EMAIL = "invalid_email"
    NO_EXTERNAL_ID = "no_external_id"
    SEVERAL_MATCH = "several_match"
    LINKED_TO_ANOTHER = "linked_to_another"
    IS_LEAD = "is_lead"
    DELETED = "deleted"
    NEWER_IN_DYNAMICS = "newer_in_dynamics"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"


FAILED = frozenset({Why.REJECTED, Why.UNREADABLE})
"""What counts as failed: somebody has to put it right."""


class Fate(StrEnum):
    """Tells what became of a person in the CRM."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Merge:
    """Is what to do for one person: leave them out, leave their row alone, write it or make it.

    `row` is the row that is theirs, and `held` what it holds when it is there already.
    """

    contact: SpotlerContact
    row: RecordId | None = None
    held: Record | None = None
    columns: Mapping[str, ColumnValue] = field(default_factory=dict)
    excluded: Why | None = None

    @property
    def creates(self) -> bool:
        """Tell whether the row has to be made."""
        return self.excluded is None and self.held is None

    @property
    def writes(self) -> bool:
        """Tell whether anything is written."""
        return self.excluded is None and bool(self.columns)


def make_new(contact: SpotlerContact, row: RecordId, ways: Iterable[WayBack]) -> Merge:
    """Return the new row of a person whom nobody in the CRM is."""
    values = {way.column: way.value(contact.properties) for way in ways}

    return Merge(contact, row, columns={name: v for name, v in values.items() if v is not None})


def merge(
    contact: SpotlerContact, held: Record, ways: Iterable[WayBack], *, unsent: bool = False
) -> Merge:
    """Return what to write over the row of a person; the newer side wins the whole row.

    Nothing is derived from absence: what Spotler does not say empties nothing. Where one of the
    two moments is unknown, the row in the CRM counts as the newer one; so does one that is
    `unsent`, for the moment of a person tells nothing of the values that Spotler has not got.
    """
    changes = {way.column: way.change(held, contact.properties) for way in ways}
    columns = {name: value for name, value in changes.items() if value is not None}
    if columns and (unsent or not _is_older(held, contact)):
        return Merge(contact, held.key.id, held, excluded=Why.NEWER_IN_DYNAMICS)

    return Merge(contact, held.key.id, held, columns)


def _is_older(held: Record, contact: SpotlerContact) -> bool:
    """Tell whether a row is older for certain: the CRM leaves out parts of a second."""
    if held.modified_on is None or contact.last_changed is None:
        return False

    return held.modified_on + GRAIN <= contact.last_changed
