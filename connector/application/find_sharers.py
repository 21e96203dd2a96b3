"""Find who is alive and would be ended with somebody else: Spotler may have merged the two.

An account may recognise people by their address. Two rows with one address then are one Spotler
contact, under the id of whichever was sent last.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping

from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.contact import ExternalId, RecordKey, Table, hash_address
from connector.domain.errors import PermanentError
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan, addresses_of
from connector.domain.match import normal_address
from connector.domain.sync_state import Reason, SyncState


async def find_sharers(
    ending: Mapping[RecordKey, Collection[ExternalId]],
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    plan: MappingPlan,
) -> Mapping[RecordKey, Collection[RecordKey]]:
    """Return for each who cannot be ended yet who lost their place to them, and must be sent first.

    That is any row of the same address that Spotler does not know, or not any more, or that is
    going to take the place: it was sent with another address last. Nobody is named where Spotler
    does not tell: what is not known to be alone is not ended.
    """
    held = await asyncio.gather(*(_read_addresses(marketing, ids) for ids in ending.values()))
    alike = await _list_alike(crm, plan, set().union(*filter(None, held)))
    states = await records.list_states(alike) if alike else {}
    answers = await asyncio.gather(
        *(_is_lost(marketing, states.get(key), address) for key, address in alike.items())
    )
    in_doubt = {key for key, is_lost in zip(alike, answers, strict=True) if is_lost is None}
    lost = {key for key, is_lost in zip(alike, answers, strict=True) if is_lost}

    shared: dict[RecordKey, Collection[RecordKey]] = {}
    for key, addresses in zip(ending, held, strict=True):
        namesakes = {
            row for row, address in alike.items() if row != key and address in (addresses or ())
        }
        if addresses is None or namesakes & (lost | in_doubt):
            shared[key] = sorted(namesakes & lost)

    return shared


async def _read_addresses(
    marketing: MarketingGateway, ids: Iterable[ExternalId]
) -> set[str] | None:
    """Return the addresses that Spotler has under some ids, or None when it does not tell."""
    try:
        people = [await marketing.find_person(one) for one in ids]
    except PermanentError:
        return None

    addresses = {normal_address(one.value(EMAIL.what)) for one in people if one}

    return {address for address in addresses if address}


async def _list_alike(
    crm: CrmGateway, plan: MappingPlan, addresses: Collection[str]
) -> Mapping[RecordKey, str]:
    """Return the rows that have one of the addresses now, each with it."""
    alike: dict[RecordKey, str] = {}
    for table in Table if addresses else ():
        for column in plan.address_columns(table):
            found = await crm.list_by_address(table, column, sorted(addresses))
            told = (row for row in found if column not in row.unknown)
            alike |= {row.key: normal_address(row.value(column)) or "" for row in told}

    return alike


async def _is_lost(
    marketing: MarketingGateway, state: SyncState | None, address: str
) -> bool | None:
    """Tell whether a person who stands for themselves has no place of their own in Spotler.

    None is for not knowing. Whom we never saw is as lost as anybody: Spotler may have known them by
    their address, long before us. Whom it never took has no place to lose.
    """
    if state is None:
        return True
    if state.external_id is None or state.successor is not None or _is_placeless(state):
        return False

    sent_at = {*addresses_of(state.filled)}
    if sent_at and hash_address(state.external_id, address) not in sent_at:
        return True

    try:
        return await marketing.find_person(state.external_id) is None
    except PermanentError:
        return None


def _is_placeless(state: SyncState) -> bool:
    """Tell whether a row was merged into another one, or was refused and never taken before."""
    is_refused = (state.reason or "").startswith(Reason.REJECTED)

    return state.reason == Reason.MERGED or (is_refused and not state.filled)
