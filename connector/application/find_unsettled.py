"""Find whose place in Spotler contacts are going to take, where a merge is not settled yet."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.contact import MarketingContact, RecordKey, Table
from connector.domain.errors import PermanentError, TransientError
from connector.domain.identity import IDENTITY_COLUMNS, find_master, find_record_id
from connector.domain.mapping import EMAIL
from connector.domain.sync_state import SyncState

logger = logging.getLogger(__name__)

LOOKS_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Rows that were merged into contacts and must be settled before, and looks that failed."""

    merged: dict[RecordKey, RecordKey] = field(default_factory=dict)
    failed: dict[RecordKey, TransientError] = field(default_factory=dict)


async def find_unsettled(
    contacts: Mapping[RecordKey, MarketingContact],
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
) -> Unsettled:
    """Find for contacts that get another address whose place in Spotler they are going to take.

    An account that recognises people by their address gives the place to whoever gets the address,
    with all that it allows. So a row that was merged into the contact has to be settled before.
    What Spotler refuses to tell holds up nobody.
    """
    free = asyncio.Semaphore(LOOKS_SIDE_BY_SIDE)
    unsettled = Unsettled()

    async def look(key: RecordKey, contact: MarketingContact) -> None:
        async with free:
            try:
                merged = await _find_merged(key, contact, crm, marketing, records)
            except PermanentError as exc:
                logger.warning("who has an address is not told: %s", exc, extra={"record": key.id})
            except TransientError as exc:
                unsettled.failed[key] = exc
            else:
                if merged:
                    unsettled.merged[key] = merged

    await asyncio.gather(*(look(key, contact) for key, contact in contacts.items()))

    return unsettled


async def _find_merged(
    key: RecordKey,
    contact: MarketingContact,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
) -> RecordKey | None:
    """Find a row that was merged into a contact, is not settled, and has the address."""
    there = await marketing.find_by_address(str(contact.properties.get(EMAIL.what)))
    ids = {id_ for one in there if (id_ := find_record_id(one.external_id))}
    places = [RecordKey(table, id_) for table in Table for id_ in ids]
    states = dict(await records.list_states(places))
    heirs = {RecordKey(Table.CONTACT, one.successor) for one in states.values() if one.successor}
    states |= await records.list_states(heirs - states.keys())
    own = [one.key.id for one in states.values() if one.key.table is key.table]
    own = [id_ for id_ in own if not _is_settled(states[RecordKey(key.table, id_)])]
    rows = await crm.list_records(key.table, own, IDENTITY_COLUMNS[key.table]) if own else {}

    return next((row.key for row in rows.values() if find_master(row) == key), None)


def _is_settled(state: SyncState) -> bool:
    return state.account in state.settled_in
