"""Find the rows of the CRM that Spotler's people are: by external id, then by e-mail address."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched

from connector.application.ports import CrmGateway, RecordStore
from connector.application.to_dataverse_ports import ContactBook
from connector.domain.contact import Column, OrganisationId, Record, RecordId, RecordKey, Table
from connector.domain.decision import AddressUntoldError
from connector.domain.identity import IDENTITY_COLUMNS
from connector.domain.mapping import EMAIL
from connector.domain.match import (
    Match,
    address_of,
    find_heir,
    normal_address,
    own_row_of,
    spellings_of,
    was_there,
    why_unfit,
    without,
)
from connector.domain.merge import Why
from connector.domain.spotler_contact import SpotlerContact, SpotlerKey, born_row
from connector.domain.sync_state import SyncState

IDS_PER_QUERY = 100
ADDRESSES_PER_QUERY = 50


@dataclass(slots=True)
class Matching:
    """Matches the people of one page; `rows` and `states` hold what it read on the way."""

    crm: CrmGateway
    book: ContactBook
    records: RecordStore
    organisation: OrganisationId
    columns: Collection[Column]
    email_column: str
    rows: dict[RecordKey, Record] = field(default_factory=dict)
    states: dict[RecordKey, SyncState] = field(default_factory=dict)

    async def run(self, contacts: Sequence[SpotlerContact]) -> list[Match]:
        """Return the match of each; of two people who are one row the first one is it.

        Who is known by external id comes before who merely has the address.
        """
        known = {one.key: why for one in contacts if (why := why_unfit(one))}
        able = [one for one in contacts if one.key not in known]
        await self._read_known(able)

        found = {one.key: match for one in able if (match := self._by_external_id(one))}
        others = [one for one in able if one.key not in found]
        by_address = await self._read_addresses(others)
        found |= {one.key: self._by_address(one, by_address) for one in others}

        taken: dict[str, SpotlerKey] = {}
        for one in (*(one for one in able if one not in others), *others):
            found[one.key] = self._unless_taken(found[one.key], taken)

        return [found.get(one.key) or without(one, known[one.key]) for one in contacts]

    def born(self, contact: SpotlerContact) -> RecordKey | None:
        """Return the row that a person would be made in, which also remembers whom they are."""
        return born_row(self.organisation, contact.external_id) if contact.external_id else None

    def state(self, row: RecordId) -> SyncState:
        """Return what we know of a contact; an empty state when that is nothing."""
        key = RecordKey(Table.CONTACT, row)

        return self.states.get(key) or SyncState(key)

    async def _read_known(self, contacts: Iterable[SpotlerContact]) -> None:
        """Read all rows that the external ids may lead to, the states first."""
        own = {row for one in contacts if (row := own_row_of(one))}
        born = {key for one in contacts if (key := self.born(one))}
        leads = {RecordKey(Table.LEAD, row) for row in own}
        await self._read_states({*leads, *born, *(RecordKey(Table.CONTACT, row) for row in own)})

        heirs = {state.successor for state in self.states.values() if state.successor}
        made = {key.id for key in born if key in self.states}
        await self._read_rows(Table.CONTACT, own | heirs | made)
        await self._read_rows(Table.LEAD, {r for r in own if not self._is_there(r)})

        parents = {heir.id for row in self.rows.values() if (heir := find_heir(row))}
        await self._read_rows(Table.CONTACT, parents)
        await self._read_states(RecordKey(Table.CONTACT, row) for row in heirs | parents)

    async def _read_states(self, keys: Iterable[RecordKey]) -> None:
        unread = [key for key in dict.fromkeys(keys) if key not in self.states]
        self.states.update(await self.records.list_states(unread) if unread else {})

    async def _read_rows(self, table: Table, ids: Collection[RecordId]) -> None:
        columns = self.columns if table is Table.CONTACT else IDENTITY_COLUMNS[table]
        unread = sorted(row for row in ids if RecordKey(table, row) not in self.rows)
        for some in batched(unread, IDS_PER_QUERY, strict=False):
            found = await self.crm.list_records(table, some, columns)
            self.rows.update({record.key: record for record in found.values()})

    def _is_there(self, row: RecordId) -> bool:
        return RecordKey(Table.CONTACT, row) in self.rows

    def _by_external_id(self, contact: SpotlerContact) -> Match | None:
        """Find who carries an external id: the row of that id, its heir, or a row made of it."""
        own, born = own_row_of(contact), self.born(contact)
        if born is None:
            return None

        keys = [born]
        if own is not None:
            keys = [RecordKey(Table.CONTACT, own), RecordKey(Table.LEAD, own), born]
        for key in keys:
            match = self._at(contact, key)
            if match is not None:
                return match

        return None

    def _at(self, contact: SpotlerContact, key: RecordKey) -> Match | None:
        """Return what the row of an id tells: that it is theirs, whose it is now, or its end."""
        state, row = self.states.get(key), self.rows.get(key)
        heir = state.successor if state and state.successor else None
        named = find_heir(row) if row else None
        heir = heir or (named.id if named else None)
        match = self._at(contact, RecordKey(Table.CONTACT, heir)) if heir else None
        if match is not None:
            return match

        if row is not None:
            is_lead = key.table is Table.LEAD

            return without(contact, Why.IS_LEAD) if is_lead else self._unless_linked(contact, row)

        return without(contact, Why.DELETED) if state and was_there(state) else None

    async def _read_addresses(
        self, contacts: Iterable[SpotlerContact]
    ) -> Mapping[str, Sequence[Record]]:
        """Return the contacts of the CRM by address, for all addresses that are looked for.

        Raises `AddressUntoldError` where one is there that does not show whose it is: who is not
        known to be absent is not made.
        """
        wanted = sorted({form for one in contacts for form in spellings_of(one)})
        found: dict[str, list[Record]] = defaultdict(list)
        for some in batched(wanted, ADDRESSES_PER_QUERY, strict=False):
            for row in await self.crm.list_by_address(
                Table.CONTACT, self.email_column, some, self.columns
            ):
                if self.email_column in row.unknown:
                    raise AddressUntoldError
                found[normal_address(row.value(self.email_column)) or ""].append(row)

        self.rows.update({row.key: row for rows in found.values() for row in rows})
        await self._read_states(row.key for rows in found.values() for row in rows)

        return found

    def _by_address(
        self, contact: SpotlerContact, by_address: Mapping[str, Sequence[Record]]
    ) -> Match:
        address = address_of(contact)
        if address is None:
            is_empty = contact.properties.get(EMAIL.what) is None

            return without(contact, Why.NO_EMAIL if is_empty else Why.INVALID_EMAIL)

        match by_address.get(address, ()):
            case []:
                return self._newcomer(contact)
            case [row]:
                return replace(self._unless_linked(contact, row), by_address=True)
            case _:
                return without(contact, Why.SEVERAL_MATCH)

    def _newcomer(self, contact: SpotlerContact) -> Match:
        born = self.born(contact)

        return Match(contact, born.id) if born else without(contact, Why.NO_EXTERNAL_ID)

    def _unless_linked(self, contact: SpotlerContact, row: Record) -> Match:
        """Match a row unless Spotler knows it as somebody else already."""
        linked = self.state(row.key.id).external_id
        if linked is not None and linked != contact.external_id:
            return without(contact, Why.LINKED_TO_ANOTHER)

        return Match(contact, row.key.id)

    def _unless_taken(self, match: Match, taken: dict[str, SpotlerKey]) -> Match:
        """Let nobody have the row of somebody before them, nor a newcomer their address."""
        if match.row is None:
            return match

        is_new = RecordKey(Table.CONTACT, match.row) not in self.rows
        claims = filter(None, (match.row, address_of(match.contact) if is_new else None))
        holders = {taken.setdefault(claim, match.contact.key) for claim in claims}

        return (
            match
            if holders == {match.contact.key}
            else without(match.contact, Why.LINKED_TO_ANOTHER)
        )
