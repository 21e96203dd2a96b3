"""People who are merged in the CRM while Spotler's users say yes and no."""

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from connector.domain.contact import ColumnValue, ExternalId, MarketingContact, RecordKey, Table
from connector.domain.event import Change, RecordChanged
from connector.domain.identity import QUALIFIED, own_external_id
from connector.domain.sync_state import Reason
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.interleaved_world import Done, Spotler, World

type Columns = Mapping[str, ColumnValue]
type Changes = list[tuple[RecordKey, Change]]

BIT = 1


class Asking(Spotler):
    """A Spotler in which each person was asked for one permission, and has it until they say no."""

    async def save_one(self, contact: MarketingContact) -> None:
        known = set(self.people)
        await super().save_one(contact)
        if contact.external_id not in known and contact.external_id not in self.permissions:
            self.permissions[contact.external_id] = {BIT: False}

    def rename(self, held: ExternalId, id_: ExternalId) -> None:
        super().rename(held, id_)
        self.permissions.setdefault(id_, {BIT: False})

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        is_known = await super().withdraw_permissions(external_id, bits)
        if is_known:
            self.permissions[external_id] = {BIT: False}

        return is_known

    def allows(self, external_id: ExternalId) -> bool:
        """Tell whether a person allows to be mailed."""
        return external_id in self.people and self.permissions[external_id][BIT]

    def say(self, external_id: ExternalId, *, yes: bool) -> None:
        """Let a person say yes or no."""
        self.permissions[external_id] = {BIT: yes}


class Kind(StrEnum):
    """Tells what somebody does."""

    WRITE = "write"
    WRITE_LEAD = "write lead"
    QUALIFY = "qualify"
    SAY_YES = "say yes"
    SAY_NO = "say no"
    MERGE = "merge"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody does to a contact, to another one, or to a lead."""

    kind: Kind
    contact: int
    other: int
    lead: int
    columns: Columns
    copies: int

    def __str__(self) -> str:
        return f"{self.kind} {self.contact} {self.other} lead {self.lead} {self.columns}"


@dataclass(slots=True)
class MergingOffice:
    """Does what people do; `said` is what was said last by each row's own person in Spotler."""

    world: World
    spotler: Asking
    said: dict[RecordKey, bool] = field(default_factory=dict)
    masters: dict[RecordKey, RecordKey] = field(default_factory=dict)
    deleted: set[RecordKey] = field(default_factory=set)
    bin: dict[RecordKey, Columns] = field(default_factory=dict)
    addresses: set[ColumnValue] = field(default_factory=set)
    versions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def do(self, deed: Deed) -> list[RecordChanged]:
        """Do one thing if it can be done; return the events of it, some of them twice."""
        self.world.move()
        contact, other = a_contact_key(deed.contact), a_contact_key(deed.other)
        lead = a_lead_key(deed.lead)
        match deed.kind:
            case Kind.WRITE:
                changes = self._write(contact, deed.columns)
            case Kind.WRITE_LEAD:
                changes = self._write(lead, deed.columns)
            case Kind.QUALIFY:
                changes = self._qualify(lead, contact)
            case Kind.SAY_YES | Kind.SAY_NO:
                for key in (contact, lead):
                    self._say(key, yes=deed.kind is Kind.SAY_YES)
                changes = []
            case Kind.MERGE:
                changes = self._merge(contact, other)
            case Kind.DELETE:
                changes = self._delete(contact)
            case Kind.RESTORE:
                changes = self._restore(contact)

        return [a_change(*change) for change in changes for _ in range(deed.copies)]

    def stands_for(self, key: RecordKey) -> RecordKey:
        """Return the row that stands for a row now: its heir's, or its master's."""
        while key in self.masters:
            key = self.masters[key]

        return key

    def is_alone(self, key: RecordKey) -> bool:
        """Tell whether a row stands for itself; a lead does again whose contact was deleted."""
        heir = self.masters.get(key)

        return heir is None or (key.table is Table.LEAD and heir in self.deleted)

    @property
    def is_simple(self) -> bool:
        """Tell whether nobody was deleted, nor got an address that may be somebody else's."""
        is_stirred = self.spotler.merges and len(self.addresses) > 1

        return not self.deleted and not is_stirred

    def group(self, key: RecordKey) -> set[RecordKey]:
        """Return all rows of one table for which a row stands."""
        return {
            one
            for one in {*self.masters, key}
            if one.table is key.table and self.stands_for(one) == key
        }

    def _write(self, key: RecordKey, columns: Columns) -> Changes:
        known = self.world.crm.rows.get(key)
        if key in self.masters:
            return []
        is_guest = _id_of(key, self.world) not in self.spotler.people
        if self.spotler.merges and (is_guest or self._moves_in(key, columns)):
            # What was said in a place stays there when somebody leaves it.
            self.said.pop(key, None)

        self._put(key, {**(known.columns if known else a_person(key).columns), **columns})

        return [(key, Change.UPDATED if known else Change.CREATED)]

    def _moves_in(self, key: RecordKey, columns: Columns) -> bool:
        """Tell whether a row into which nobody was merged gets the address of another row."""
        rows, address = self.world.crm.rows, columns.get("emailaddress1")
        is_new = key in rows and address not in {None, rows[key].value("emailaddress1")}
        others = {row.value("emailaddress1") for row in rows.values() if row.key != key}

        return is_new and address in others and self.group(key) == {key}

    def _qualify(self, lead: RecordKey, contact: RecordKey) -> Changes:
        row = self.world.crm.rows.get(lead)
        if row is None or row.value("statecode") == QUALIFIED or contact in self.masters:
            return []

        changes: Changes = []
        said = self.said.pop(lead, None)
        if contact not in self.world.crm.rows:
            self.said |= {} if said is None else {contact: said}
            self._put(contact, {**a_person(contact).columns, "originatingleadid": lead.id})
            changes = [(contact, Change.CREATED)]

        columns: Columns = {"statecode": QUALIFIED, "parentcontactid": contact.id}
        self._put(lead, {**row.columns, **columns})
        self.masters[lead] = contact

        return [*changes, (lead, Change.UPDATED)]

    def _say(self, key: RecordKey, *, yes: bool) -> None:
        """Let the person of a row that stands for itself say something, where Spotler has them.

        Who says Yes while a merge may be under way is not heard for sure: No wins.
        """
        is_merging = yes and len(self.group(key)) > 1
        if is_merging or key in self.masters or key not in self.world.crm.rows:
            return

        state = self.world.records.rows.get(key)
        place = (state and state.external_id) or ExternalId(key.id)
        held = self.spotler.people.get(place)
        if held is None:
            return

        self.spotler.say(place, yes=yes)
        self.said[key] = yes
        for row in self.world.crm.rows.values():
            if self.spotler.merges and row.value("emailaddress1") == held.get("email"):
                self.said[row.key] = yes

    def _merge(self, loser: RecordKey, master: RecordKey) -> Changes:
        rows = self.world.crm.rows
        is_over = {loser, master} & self.masters.keys() or not {loser, master} <= rows.keys()
        if loser == master or is_over:
            return []

        columns: Columns = {"statecode": 1, "merged": True, "masterid": master.id}
        self._put(loser, {**rows[loser].columns, **columns})
        self._put(master, {**rows[master].columns})
        self.masters[loser] = master
        led = [one for one in rows.values() if one.value("parentcontactid") == loser.id]
        for lead in led:
            self._put(lead.key, {**lead.columns, "parentcontactid": master.id})

        keys = (loser, master, *(one.key for one in led))

        return [(key, Change.UPDATED) for key in keys]

    def _delete(self, key: RecordKey) -> Changes:
        row = self.world.crm.rows.pop(key, None)
        if row is None:
            return []

        self.deleted.add(key)
        self.bin[key] = row.columns
        self.said.pop(key, None)

        return [(key, Change.DELETED)]

    def _restore(self, key: RecordKey) -> Changes:
        """Take a row out of the recycle bin, as it was; it is not told whether it ever was away."""
        if key not in self.bin:
            return []

        self._put(key, self.bin.pop(key))

        return [(key, Change.CREATED)]

    def _put(self, key: RecordKey, columns: Columns) -> None:
        row = replace(a_person(key), version=next(self.versions), columns=columns)
        self.addresses.add(row.value("emailaddress1"))
        self.world.crm.put(row)


def complaints(world: World, office: MergingOffice) -> Iterator[str]:
    """Return what is wrong of permissions, once the queue is empty and every host is done.

    A contact that a broken attempt sent under its own id, and that then becomes a lead's, ends as
    that lead's: what was said by the id of the attempt goes with it.
    """
    alone = {key for key in world.crm.rows if office.is_alone(key)}
    for key in alone:
        said = {office.said.get(one) for one in office.group(key) if _was_there(one, world)}
        allows = office.spotler.allows(_id_of(key, world))
        if False in said and allows:
            yield f"{key} allows what was refused"
        own = own_external_id(key)
        was_double = own != _id_of(key, world) and Done.WITHDRAWN in world.spotler.done[own]
        may_keep = office.is_simple and _was_there(key, world) and not was_double
        if said == {True} and may_keep and not allows:
            yield f"{key} lost a permission"

    ids = {_id_of(key, world) for key in alone}
    for id_ in world.spotler.people.keys() - ids:
        if office.spotler.allows(id_):
            yield f"{id_} may be mailed, and stands for nobody"

    for key in office.masters.keys() & world.records.rows.keys() - office.deleted:
        is_over = world.records.rows[key].reason in {Reason.MERGED, Reason.HANDED_OVER}
        if not is_over and not office.deleted:
            yield f"{key} must be over"


def _id_of(key: RecordKey, world: World) -> ExternalId:
    state = world.records.rows.get(key)

    return (state and state.external_id) or ExternalId(key.id)


def _was_there(key: RecordKey, world: World) -> bool:
    return any(world.spotler.done.get(id_) for id_ in {ExternalId(key.id), _id_of(key, world)})
