"""What to do for one record: decided from what was read, before anything is written."""

from dataclasses import dataclass, replace
from enum import StrEnum

from connector.domain.batch import Work
from connector.domain.contact import ExternalId, MarketingContact, Record, RecordKey, Table
from connector.domain.errors import ConfigurationError
from connector.domain.identity import find_master, own_external_id
from connector.domain.mapping_plan import MappingPlan
from connector.domain.missing import DELETED_LEAD
from connector.domain.outcome import Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, SyncStatus


class AddressUntoldError(ConfigurationError):
    """The CRM keeps the address of a contact from us: secured, masked, or without its column."""

    def __init__(self) -> None:
        """Say what must be put right."""
        super().__init__(
            "our application user must be allowed to read the mapped e-mail address of every "
            "contact, unmasked: add it to a column security profile, or choose another column"
        )


class OnDelete(StrEnum):
    """Tells what becomes of a person in Spotler when the CRM row is deleted."""

    WITHDRAW = "withdraw"
    ANONYMISE = "anonymise"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do for one record.

    `contact` is sent to Spotler, `retire` names the Spotler contacts that no row stands for any
    more, and `state` is written when both are done; each may be absent. What is `blocked` waits
    until an operator has acted; its state is written at once. `master` is the row into which
    the record was merged.
    """

    outcome: Outcome
    state: SyncState | None = None
    contact: MarketingContact | None = None
    retire: tuple[ExternalId, ...] = ()
    blocked: ConfigurationError | None = None
    master: RecordKey | None = None

    @property
    def filled(self) -> frozenset[str]:
        """Return what Spotler has of us once the contact is sent (`property=column`)."""
        return self.state.filled if self.state else frozenset()

    def ends_by(self, on_delete: OnDelete) -> OnDelete:
        """Return how to end who is deleted; what somebody alive leaves behind is withdrawn."""
        return on_delete if self.outcome is Outcome.WITHDRAWN else OnDelete.WITHDRAW


SKIP = Decision(Outcome.SKIPPED)


def decide(work: Work, snapshot: Snapshot, plan: MappingPlan) -> Decision:
    """Decide for one record of a batch."""
    if work.key.table is Table.LEAD and (snapshot.successor(work.key)):
        return _hand_over(work, snapshot)

    record = snapshot.records.get(work.key)
    if record is None:
        return _bury(work, snapshot)

    master = find_master(record)
    if master is not None:
        return _retire_merged(work, snapshot, record, master)

    decision = _sync(work, snapshot, plan, record)
    is_repeated = work.repeated or work.key in snapshot.parked

    return replace(decision, retire=snapshot.other_ids(work.key)) if is_repeated else decision


def _hand_over(work: Work, snapshot: Snapshot) -> Decision:
    """Leave a qualified lead to its contact; its own Spotler contact ends if that has another.

    So it does when both rows are gone: the lead may have been a lead again without a word.
    """
    known = snapshot.state(work.key)
    noted = _note_row(known, work, snapshot) if known.successor is not None else None
    if known.successor is not None and not work.looks_again:
        return replace(SKIP, state=noted)

    own = (own_external_id(work.key),)
    if snapshot.is_last(work.key):
        return Decision(Outcome.WITHDRAWN, state=noted, retire=own)

    retire = own if snapshot.is_ending(work.key) else ()

    return Decision(Outcome.HANDED_OVER, state=noted, retire=retire)


def _note_row(known: SyncState, work: Work, snapshot: Snapshot) -> SyncState | None:
    """Return the state of a lead that was handed over when its row is gone now, or came back."""
    is_there = work.key in snapshot.records
    if work.deleted and not is_there and known.reason == Reason.HANDED_OVER:
        return replace(known, reason=DELETED_LEAD)

    is_back = is_there and known.reason == DELETED_LEAD

    return replace(known, reason=Reason.HANDED_OVER) if is_back else None


def _retire_merged(work: Work, snapshot: Snapshot, record: Record, master: RecordKey) -> Decision:
    """Retire a row that was merged into another one; Spotler may have it though we know nothing."""
    known, external_id = snapshot.remembered(work.key), snapshot.external_id(work.key)
    if known.reason == Reason.MERGED and not work.forced:
        return SKIP

    state = replace(
        known,
        external_id=external_id,
        fingerprint=None,
        version=record.version,
        status=SyncStatus.EXCLUDED,
        reason=Reason.MERGED,
        notes=(),
        successor=master.id if master.table is Table.CONTACT else None,
    )

    return Decision(Outcome.MERGED, state=state, retire=(external_id,), master=master)


def _bury(work: Work, snapshot: Snapshot) -> Decision:
    """Withdraw a person whose row is gone; a row that we merely cannot see is left alone.

    So is somebody alive who has the id of a row that is not there. A deletion that is told again
    may be a second one, of a row whose return nobody told of: it is carried out again. Its state is
    written too: whoever is sending a row that came back for a moment then loses the race. So is
    what is still missing after a look, to show when that was.
    """
    known = snapshot.remembered(work.key)
    is_repeated = work.forced and known.reason == Reason.DELETED
    if work.key in snapshot.borne or not (work.deleted or is_repeated):
        is_doubted = work.forced and known.reason == Reason.NOT_IN_DYNAMICS

        return Decision(Outcome.SKIPPED, state=known) if is_doubted else SKIP

    external_id = snapshot.external_id(work.key)
    state = replace(
        known,
        external_id=external_id,
        fingerprint=None,
        status=SyncStatus.EXCLUDED,
        reason=Reason.DELETED,
        notes=(),
    )

    retire = (external_id, *snapshot.other_ids(work.key))

    return Decision(Outcome.WITHDRAWN, state=state, retire=retire)


def _sync(work: Work, snapshot: Snapshot, plan: MappingPlan, record: Record) -> Decision:
    """Send what differs from what was sent last, and whoever survives a lead in any case.

    Where Spotler merges people by their address, the lead may have taken the contact's place.
    """
    known = snapshot.remembered(work.key)
    if plan.fault is not None:
        return Decision(Outcome.HELD, blocked=plan.fault)

    mapped = plan.map(record, snapshot.external_id(work.key), snapshot.filled(work.key))
    if mapped.is_untold:
        return _wait_for_address(known, snapshot.lasting_id(work.key))

    seen = replace(
        known,
        external_id=snapshot.external_id(work.key),
        version=record.version,
        notes=mapped.notes,
        successor=None,
    )

    if mapped.contact is None:
        lasting_id = snapshot.lasting_id(work.key)

        return _exclude(known, replace(seen, external_id=lasting_id, reason=mapped.excluded), work)

    fingerprint = mapped.contact.fingerprint
    state = replace(seen, status=SyncStatus.IN_SYNC, reason=None, fingerprint=fingerprint)
    is_back = known.successor is not None
    must_be_there = work.forced or is_back or work.key in snapshot.survivors
    if must_be_there or mapped.contact.clears or known.fingerprint != fingerprint:
        unsettled = known.settled_in - {known.account}
        sent = replace(state, filled=mapped.filled, settled_in=unsettled)
        return Decision(Outcome.SENT, state=sent, contact=mapped.contact)

    return _note(known, state, Outcome.SKIPPED)


def _wait_for_address(known: SyncState, external_id: ExternalId | None) -> Decision:
    """Leave a contact as it is in Spotler until the CRM tells its address."""
    state = replace(
        known, external_id=external_id, status=SyncStatus.FAILING, reason=Reason.UNREADABLE
    )

    return Decision(Outcome.HELD, state=state, blocked=AddressUntoldError())


def _exclude(known: SyncState, state: SyncState, work: Work) -> Decision:
    """Note why a person is not sent; who comes back is, whatever Spotler held of them before.

    Where Spotler merges people by their address, somebody else may have taken their place.
    """
    excluded = replace(state, status=SyncStatus.EXCLUDED, fingerprint=None)
    if work.forced:
        return Decision(Outcome.EXCLUDED, state=excluded)

    return _note(known, excluded, Outcome.EXCLUDED)


def _note(known: SyncState, state: SyncState, outcome: Outcome) -> Decision:
    """Write the newer version even when nothing is sent.

    Whoever is sending an older version at this moment then loses the race and comes back. A
    version that was noted before needs no write: that is what makes a redelivery cheap.
    """
    is_noted = (known.status, known.reason) == (state.status, state.reason)
    if is_noted and state.version <= known.version:
        return Decision(outcome)

    return Decision(outcome, state=state)
