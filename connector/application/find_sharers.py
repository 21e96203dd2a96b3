"""Find who is alive and would be ended with somebody else: Spotler may have merged the two.

An account may recognise people by their address. Two rows with one address then are one Spotler
contact, under the id of whichever was sent last.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import ExternalId, RecordKey, Table
from connector.domain.errors import ConfigurationError, PermanentError, TransientError
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan, was_sent_at
from connector.domain.match import normal_address
from connector.domain.sync_state import Reason, SyncState

logger = logging.getLogger(__name__)

LOOK_SECONDS = 60
"""So long it may take: the host ends a function after 4.5 minutes."""

ASKED_SIDE_BY_SIDE = 8
"""One who lost their place is enough: so many are asked for before the next ones are."""


@dataclass(frozen=True, slots=True)
class Sharers:
    """Who cannot be ended yet: `lost` names who must be sent before, `untold` says why not known.

    Of each there are a few who lost their place, or nobody where Spotler does not show one of them.
    """

    lost: Mapping[RecordKey, Collection[RecordKey]] = field(default_factory=dict)
    untold: Mapping[RecordKey, PermanentError] = field(default_factory=dict)


async def find_sharers(
    ending: Mapping[RecordKey, Collection[ExternalId]],
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    plan: MappingPlan,
    note: Callable[[ConfigurationError], None],
    gone: Collection[RecordKey] = (),
) -> Sharers:
    """Return for each who cannot be ended yet who lost their place to them, and must be sent first.

    That is any row of the same address that Spotler does not know, or not any more, or that is
    going to take the place: it was sent with another address last. A few are named, the others are
    when these were sent. What is not known to be alone is not ended. But no withdrawal waits for
    what the CRM refuses to tell: of addresses, and of the other table for those who are `gone`,
    which is noted. Nor for whom nobody may send as things are, and in an account that keeps all
    apart nobody shares anything. Raises `TransientError` for what is not found in time.
    """
    if plan.fault is not None or not marketing.merges_by_address:
        return Sharers()

    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await _find(ending, crm, marketing, records, plan, note, gone)
    except TimeoutError as exc:
        raise TransientError("who shares a contact must be found in time") from exc


async def _find(
    ending: Mapping[RecordKey, Collection[ExternalId]],
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    plan: MappingPlan,
    note: Callable[[ConfigurationError], None],
    gone: Collection[RecordKey],
) -> Sharers:
    told = await asyncio.gather(*(_read_addresses(marketing, ids) for ids in ending.values()))
    answers = dict(zip(ending, told, strict=True))
    untold = {key: one for key, one in answers.items() if isinstance(one, PermanentError)}
    held = {key: one for key, one in answers.items() if not isinstance(one, PermanentError)}
    ours = {key.table for key in ending} if ending.keys() <= {*gone} else set(Table)
    alike = await _list_alike(crm, plan, set().union(*held.values()), note, needed=ours)
    states = await records.list_states(alike) if alike else {}
    namesakes = {
        key: {
            row: states.get(row)
            for row, address in alike.items()
            if row != key and address in addresses
        }
        for key, addresses in held.items()
    }
    found = await asyncio.gather(
        *(_find_lost(theirs, alike, marketing) for theirs in namesakes.values())
    )
    shared = zip(namesakes, found, strict=True)

    return Sharers({key: lost for key, lost in shared if lost is not None}, untold)


async def _read_addresses(
    marketing: MarketingGateway, ids: Iterable[ExternalId]
) -> set[str] | PermanentError:
    """Return the addresses that Spotler has under some ids, or why it does not tell."""
    try:
        people = [await marketing.find_person(one) for one in ids]
    except PermanentError as exc:
        return exc

    addresses = {normal_address(one.value(EMAIL.what)) for one in people if one}

    return {address for address in addresses if address}


async def _list_alike(
    crm: CrmGateway,
    plan: MappingPlan,
    addresses: Collection[str],
    note: Callable[[ConfigurationError], None],
    *,
    needed: Collection[Table],
) -> Mapping[RecordKey, str]:
    """Return the rows that have one of the addresses now, each with it.

    A table that is not `needed` may be refused, which is noted.
    """
    alike: dict[RecordKey, str] = {}
    for table in Table if addresses else ():
        try:
            alike |= await _list_of(table, crm, plan, addresses)
        except ConfigurationError as exc:
            if table in needed or exc.table is not table or isinstance(exc, OtherOrganisationError):
                raise
            logger.warning("who shares a contact is not told: %s", exc)
            note(exc)

    return alike


async def _list_of(
    table: Table, crm: CrmGateway, plan: MappingPlan, addresses: Collection[str]
) -> Mapping[RecordKey, str]:
    alike: dict[RecordKey, str] = {}
    for column in plan.address_columns(table):
        found = await crm.list_by_address(table, column, sorted(addresses))
        told = (row for row in found if column not in row.unknown)
        alike |= {row.key: normal_address(row.value(column)) or "" for row in told}

    return alike


async def _find_lost(
    namesakes: Mapping[RecordKey, SyncState | None],
    addresses: Mapping[RecordKey, str],
    marketing: MarketingGateway,
) -> Collection[RecordKey] | None:
    """Return who has no place of their own in Spotler, as far as one does; None when all have one.

    Whose state tells costs no call. Of many the rest is sought by their address, all at once.
    """
    told = {key: _is_lost(state, addresses[key]) for key, state in namesakes.items()}
    if known := sorted(key for key, is_lost in told.items() if is_lost):
        return known

    unsure = {
        key: state.external_id
        for key, state in namesakes.items()
        if told[key] is None and state and state.external_id
    }
    some, others = _cut(unsure)
    lost = await _ask(some, marketing)
    if lost is None and others:
        there = await _list_there({addresses[key] for key in others}, marketing)
        others = {key: id_ for key, id_ in others.items() if id_ not in there}
    while lost is None and others:
        some, others = _cut(others)
        lost = await _ask(some, marketing)

    return lost


def _cut[K, V](all_: Mapping[K, V]) -> tuple[dict[K, V], dict[K, V]]:
    """Return the first few, and the others."""
    items = [*all_.items()]

    return dict(items[:ASKED_SIDE_BY_SIDE]), dict(items[ASKED_SIDE_BY_SIDE:])


async def _ask(
    ids: Mapping[RecordKey, ExternalId], marketing: MarketingGateway
) -> list[RecordKey] | None:
    """Return whom Spotler does not know, which is nobody where it does not tell; else None."""
    answers = await asyncio.gather(*(_is_unknown(one, marketing) for one in ids.values()))
    if not any(answer is not False for answer in answers):
        return None

    return sorted(key for key, is_unknown in zip(ids, answers, strict=True) if is_unknown)


async def _is_unknown(external_id: ExternalId, marketing: MarketingGateway) -> bool | None:
    try:
        return await marketing.find_person(external_id) is None
    except PermanentError:
        return None


async def _list_there(
    addresses: Collection[str], marketing: MarketingGateway
) -> Collection[ExternalId]:
    """Return the ids that Spotler shows with some addresses, as far as it does."""
    try:
        found = [await marketing.find_by_address(one) for one in sorted(addresses)]
    except PermanentError as exc:
        logger.warning("who has an address is not told: %s", exc)
        return ()

    return {one.external_id for people in found for one in people if one.external_id}


def _is_lost(state: SyncState | None, address: str) -> bool | None:
    """Tell whether a person who stands for themselves has no place of their own in Spotler.

    None is for Spotler to say. Whom we never saw, or never with an address, is as lost as anybody:
    Spotler may have known them by it, long before us. Whom it never took has no place to lose.
    """
    if state is None:
        return True
    if state.successor is not None or _is_placeless(state):
        return False

    is_new = state.external_id is None

    return True if is_new or was_sent_at(state, address) is False else None


def _is_placeless(state: SyncState) -> bool:
    """Tell whether a row was merged into another one, or was refused and never taken before."""
    is_merged = state.reason == Reason.MERGED or state.account in state.settled_in
    is_refused = (state.reason or "").startswith(Reason.REJECTED)

    return is_merged or (is_refused and not state.filled)
