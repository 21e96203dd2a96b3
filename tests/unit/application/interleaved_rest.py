"""What must be true once the queue is empty and every host is done."""

from collections.abc import Iterator

from connector.domain.contact import (
    ExternalId,
    MarketingContact,
    Record,
    RecordId,
    RecordKey,
    Table,
)
from connector.domain.decision import OnDelete
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping_plan import plan_mappings
from connector.domain.parking import parking_id
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import a_catalogue
from tests.unit.application.interleaved_office import Office
from tests.unit.application.interleaved_world import ATTEMPTS, REFUSED, Done, World

PLAN = plan_mappings(DEFAULT_MAPPINGS, a_catalogue())

ENDS = {
    OnDelete.WITHDRAW: {Done.WITHDRAWN},
    OnDelete.ANONYMISE: {Done.ANONYMISED},
    OnDelete.KEEP: set(Done),
}

CALLS_FOR_EACH = ATTEMPTS + 1
"""So many calls to Spotler an event or a mishap costs at most.

A lead waits for its contact so often in vain, and may lose one race besides.
"""


class AtRest:
    """Looks at a world that came to rest, and complains in a sentence of all that is wrong."""

    def __init__(self, world: World, office: Office, mishaps: int) -> None:
        self._world = world
        self._rows = world.crm.rows
        self._office = office
        self._mishaps = mishaps

    def complaints(self) -> list[str]:
        """Return all that is wrong."""
        return [
            *self._unequal(),
            *self._identities(),
            *self._ghosts(),
            *self._permissions(),
            *self._parked(),
            *self._calls(),
        ]

    def _unequal(self) -> Iterator[str]:
        """Whoever can be sent stands in Spotler as the newest row says, and the state says so."""
        for key, row in self._owners().items():
            state = self._state(key)
            mapped = PLAN.map(row, self._id_of(key))
            if mapped.contact is None:
                expected: tuple[object, object] = (SyncStatus.EXCLUDED, mapped.excluded)
                if (state.status, state.reason) != expected:
                    yield f"{key} must be excluded"
            elif row.value("lastname") == REFUSED:
                if state.status is not SyncStatus.FAILING:
                    yield f"{key} must be failing"
            else:
                if not self._is_equal(self._id_of(key), mapped.contact):
                    yield f"{key} must be equal"
                if (state.status, state.fingerprint) != (
                    SyncStatus.IN_SYNC,
                    mapped.contact.fingerprint,
                ):
                    yield f"{key} must be in sync"
                if self._last_done(self._id_of(key)) is not Done.SAVED:
                    yield f"{key} must be saved last"

            last_sent = self._world.spotler.last_sent.get(self._id_of(key))
            if state.fingerprint not in {None, last_sent}:
                yield f"{key} has a fingerprint of what was not sent last"

    def _is_equal(self, id_: ExternalId, contact: MarketingContact) -> bool:
        """Tell whether Spotler holds a contact as the CRM does.

        Only what a send of ours surely filled is cleared. So of a send that broke off a value may
        stay that was emptied in the CRM before it was tried again.
        """
        held = self._world.spotler.people.get(id_, {})
        more = {name for name, value in held.items() if value is not None} - {*contact.properties}
        said = {name: held.get(name) for name in contact.properties}

        return said == contact.properties and (not more or self._mishaps > 0)

    def _identities(self) -> Iterator[str]:
        """Nobody shares an external id, and a qualified lead is its contact's."""
        ids = [self._state(key).external_id for key in self._owners()]
        yield from (f"{id_} belongs to several" for id_ in ids if id_ and ids.count(id_) > 1)

        for key, row in self._rows.items():
            successor = self._state(key).successor
            is_strange = successor is not None and successor not in self._office.heirs[key]
            if is_strange and key not in self._office.deleted:
                yield f"{key} has a strange heir"

            contact = RecordKey(Table.CONTACT, RecordId(str(row.value("parentcontactid"))))
            is_there = contact in self._rows and contact not in self._office.deleted
            if is_there and successor is None:
                yield f"{key} has no heir"

    def _ghosts(self) -> Iterator[str]:
        """Whoever stands for nobody is ended: the deleted by the policy, the merged always."""
        deleted = {
            id_
            for key, state in self._world.records.rows.items()
            if state.reason == Reason.DELETED
            for id_ in (state.external_id, ExternalId(key.id))
        }
        owned = {self._state(key).external_id for key in self._owners()}
        for id_ in self._world.spotler.people.keys() - owned:
            ends = ENDS[self._world.on_delete] if id_ in deleted else {Done.WITHDRAWN}
            is_ended = self._last_done(id_) in {*ends, Done.ANONYMISED}
            if not is_ended and not self._is_excused(id_):
                yield f"{id_} is a ghost"

    def _is_excused(self, id_: ExternalId) -> bool:
        """Tell whether a person waits in the parking, or two mishaps met.

        A lead does, and a contact that Spotler took under its own id and refuses under its lead's:
        once that is accepted the other one ends. So does who shares a place with somebody refused.

        One mishap is a claim that breaks off just between its two rows, and then the contact is
        deleted before the claim comes back. The other is a contact sent under its own id by an
        attempt that broke off, which inherits another id, is deleted, kept, and then restored.
        """
        lead = RecordKey(Table.LEAD, RecordId(id_))
        heir = self._heir(lead)
        is_half_claimed = heir in self._office.deleted and self._state(heir).external_id != id_

        contact = RecordKey(Table.CONTACT, RecordId(id_))
        is_kept = self._world.on_delete is OnDelete.KEEP and contact in self._office.deleted
        parked = set(self._world.parking.parked)
        kept_back = self._kept_back() | {parking_id(one) for one in self._failing()}
        bearers = {key for key, one in self._world.records.rows.items() if one.external_id == id_}
        waiting = {parking_id(one) for one in {contact, *bearers}} & kept_back
        is_parked = parking_id(lead) in parked or bool(waiting & parked)

        return is_parked or (self._mishaps > 0 and (is_half_claimed or is_kept))

    def _permissions(self) -> Iterator[str]:
        """Nobody loses permissions of whom no row was deleted."""
        for key in self._owners():
            id_ = self._id_of(key)
            lead = RecordKey(Table.LEAD, RecordId(id_))
            is_lost = {Done.WITHDRAWN, Done.ANONYMISED} & {*self._world.spotler.done[id_]}
            if is_lost and not {key, lead} & self._office.deleted:
                yield f"{key} lost permissions"

    def _parked(self) -> Iterator[str]:
        """Parked is who fails, or the lead of a contact that fails; a mishap may leave more."""
        parked = set(self._world.parking.parked)
        failing = self._failing()
        waiting = {
            key
            for key in self._world.records.rows
            if self._state(self._heir(key)).status is SyncStatus.FAILING
        }
        yield from (f"{key} must be parked" for key in failing if parking_id(key) not in parked)

        unknown = parked - {parking_id(key) for key in failing | waiting} - self._kept_back()
        if not self._mishaps:
            yield from (f"{one} is parked for no reason" for one in unknown)

    def _calls(self) -> Iterator[str]:
        """Nobody plays ping-pong."""
        calls, events = self._world.spotler.calls_taken, self._office.events
        if calls > CALLS_FOR_EACH * (events + self._mishaps):
            yield f"{calls} calls for {events} events"

    def _owners(self) -> dict[RecordKey, Record]:
        """Return the rows that stand for themselves: all but the leads that were handed over."""
        return {key: row for key, row in self._rows.items() if self._state(key).successor is None}

    def _failing(self) -> set[RecordKey]:
        """Return who has an address, and is refused by Spotler."""
        return {
            key
            for key, row in self._owners().items()
            if row.value("lastname") == REFUSED and row.value("emailaddress1") is not None
        }

    def _kept_back(self) -> set[str]:
        """Return whose end may wait in the parking: nobody's, where all have their own place."""
        return set()

    def _state(self, key: RecordKey) -> SyncState:
        return self._world.records.rows.get(key) or SyncState(key)

    def _heir(self, lead: RecordKey) -> RecordKey:
        return RecordKey(Table.CONTACT, self._state(lead).successor or RecordId("nobody"))

    def _id_of(self, key: RecordKey) -> ExternalId:
        return self._state(key).external_id or ExternalId(key.id)

    def _last_done(self, id_: ExternalId) -> Done | None:
        done = [one for one in self._world.spotler.done[id_] if one is not Done.CONSENTED]

        return done[-1] if done else None


class AtRestMerged(AtRest):
    """Looks at a world where all who have an address have the same, and Spotler merges them."""

    def _unequal(self) -> Iterator[str]:
        """Whoever was sent is in sync, and somebody stands in Spotler for all of them."""
        for key, row in self._owners().items():
            state = self._state(key)
            mapped = PLAN.map(row, self._id_of(key))
            if mapped.contact is None or row.value("lastname") == REFUSED:
                continue

            if (state.status, state.fingerprint) != (
                SyncStatus.IN_SYNC,
                mapped.contact.fingerprint,
            ):
                yield f"{key} must be in sync"
            if not self._world.spotler.people:
                yield f"somebody must stand for {key}"

    def _kept_back(self) -> set[str]:
        """Return all who end beside somebody alive whom Spotler refuses: it may be their place."""
        ending = self._office.deleted | (set(self._world.records.rows) - set(self._owners()))

        return {parking_id(key) for key in ending} if self._failing() else set()

    def _permissions(self) -> Iterator[str]:
        """Nobody loses permissions with somebody else whose place they have."""
        yield from (f"{key} lost permissions" for key in self._world.robbed)
