"""Find what was merged into contacts, is not settled yet, and has the place they are to take."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from connector.application.in_portions import PATIENCE
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.contact import ExternalId, MarketingContact, RecordKey, Table
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    RateLimitedError,
    System,
    TransientError,
)
from connector.domain.identity import own_external_id
from connector.domain.mapping import EMAIL
from connector.domain.match import normal_address
from connector.domain.sync_state import SyncState

logger = logging.getLogger(__name__)

LOOKS_SIDE_BY_SIDE = 8
LOOK_SECONDS = 60
"""Who is not seen by then comes back: the host ends a function after 4.5 minutes."""


@dataclass(slots=True)
class Unsettled:
    """Rows that were merged into contacts and must be settled before, and looks that failed.

    `taken` are ids of rows whose place a contact is going to take, or may: settled ones, of which
    several may have the address, and what shows none. `waiting` are contacts that were not looked
    at in time, or not any more after what `failed`.
    """

    merged: dict[RecordKey, RecordKey] = field(default_factory=dict)
    taken: dict[RecordKey, list[ExternalId]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[RecordKey, ConnectorError] = field(default_factory=dict)
    waiting: set[RecordKey] = field(default_factory=set)

    @property
    def cause(self) -> ConnectorError:
        """Return why looks failed, or did not come to their end; a limit says how long to wait."""
        late = TransientError("what was merged into contacts must be found in time")
        late.system = System.SPOTLER_PEOPLE

        return max([*self.failed.values(), late], key=_is_limit)

    @property
    def is_over(self) -> bool:
        """Tell whether nobody else is worth a look: Spotler has no room, or is away."""
        away = [one for one in self.failed.values() if not isinstance(one, PermanentError)]

        return len(away) >= PATIENCE or any(map(_is_limit, away))

    def keep_apart(self) -> None:
        """Let each contact stand where it waits, and nowhere else."""
        self.waiting -= self.failed.keys()
        stuck = self.waiting | self.failed.keys()
        self.merged = {key: row for key, row in self.merged.items() if key not in stuck}
        stuck |= self.merged.keys()
        self.taken = {key: ids for key, ids in self.taken.items() if key not in stuck}


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
    Each is asked for by its id, in the order of the contacts: what a search does not show may be
    there all the same.
    """
    unsettled = Unsettled(waiting={*contacts})
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            merged = await _read_merged(contacts, crm, marketing, records)
            unsettled.waiting = {one.master for one in merged}
            free = asyncio.Semaphore(LOOKS_SIDE_BY_SIDE)

            async def is_asked(one: _Merged) -> bool:
                async with free:
                    if unsettled.is_over:
                        return False

                    await _ask(one, contacts[one.master], marketing, unsettled)

                return True

            async def look(key: RecordKey) -> None:
                own = [one for one in merged if one.master == key]
                if all(await asyncio.gather(*map(is_asked, own))):
                    unsettled.waiting.discard(key)

            await asyncio.gather(*(look(key) for key in contacts if key in unsettled.waiting))
    except TimeoutError:
        logger.warning("what was merged into %d contacts is not found", len(unsettled.waiting))

    unsettled.keep_apart()

    return unsettled


def _is_limit(error: ConnectorError) -> bool:
    return isinstance(error, RateLimitedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged:
    """A row that was merged into a contact, and the id of its place in Spotler."""

    key: RecordKey
    master: RecordKey
    place: ExternalId
    is_settled: bool


async def _ask(
    one: _Merged, contact: MarketingContact, marketing: MarketingGateway, unsettled: Unsettled
) -> None:
    """Ask whether a merged row has the new address of its contact, and note what of it waits.

    What is not settled counts where Spotler refuses to show it. What shows no address may be taken,
    and is tightened: waiting for it, who is not in Spotler any more would wait for themselves.
    """
    try:
        held = await marketing.find_person(one.place)
    except PermanentError as exc:
        logger.warning("who has an address is not told: %s", exc, extra={"record": one.key.id})
        if one.is_settled:
            unsettled.failed[one.master] = exc
        else:
            unsettled.merged[one.master] = one.key
        return
    except (TransientError, ConfigurationError) as exc:
        unsettled.failed[one.master] = exc
        return

    there = held.value(EMAIL.what) if held else None
    address = contact.properties.get(EMAIL.what)
    if held is None or (there is not None and normal_address(there) != normal_address(address)):
        return
    if one.is_settled or there is None:
        unsettled.taken[one.master].append(one.place)
    else:
        unsettled.merged[one.master] = one.key


async def _read_merged(
    contacts: Collection[RecordKey],
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
) -> Collection[_Merged]:
    masters = await _find_merged(contacts, crm)
    if not masters:
        return ()

    account = await marketing.account()
    states = await records.list_states(masters)
    known = {key: states.get(key) or SyncState(key) for key in masters}

    return [
        _Merged(
            key=key,
            master=masters[key],
            place=state.external_id or own_external_id(key),
            is_settled=account in state.settled_in,
        )
        for key, state in known.items()
    ]


async def _find_merged(
    masters: Collection[RecordKey], crm: CrmGateway
) -> Mapping[RecordKey, RecordKey]:
    """Return all rows that were merged into these, one after another too, each with its end."""
    ends = {key: key for key in masters}
    new = ends
    while new:
        found: dict[RecordKey, RecordKey] = {}
        for table in Table:
            ids = [key.id for key in new if key.table is table]
            told = await crm.find_merged(table, ids) if ids else {}
            found |= {
                RecordKey(table, id_): ends[RecordKey(table, master)]
                for id_, master in told.items()
                if RecordKey(table, id_) not in ends
            }
        new, ends = found, {**ends, **found}

    return {key: end for key, end in ends.items() if key != end}
