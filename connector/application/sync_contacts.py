"""Bring the people of a batch of events to Spotler as they are now."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connector.application.account_records import AccountRecords
from connector.application.carry_out import CarryOut
from connector.application.licence_ports import LicenceGate
from connector.application.note_retries import note_late, note_retries
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.progress import Progress
from connector.application.read_apart import ReadApart, read_apart
from connector.application.try_again import TryAgain
from connector.domain.batch import Work, collapse
from connector.domain.contact import RecordKey
from connector.domain.decision import OnDelete
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    System,
    TransientError,
    system_of,
)
from connector.domain.event import RecordChanged
from connector.domain.mapping_plan import MappingPlan, lay_plan
from connector.domain.outcome import NOT_NOW, Outcome
from connector.domain.sync_state import SyncState, give_up

logger = logging.getLogger(__name__)


async def sync_contacts(  # noqa: PLR0913 - each is a port
    events: Sequence[RecordChanged],
    *,
    licence: LicenceGate,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    mappings: MappingStore,
    try_again: TryAgain,
    on_delete: OnDelete = OnDelete.WITHDRAW,
) -> list[Outcome]:
    """Sync up to 100 events and return one outcome for each, in their order.

    Returns when every event is done, safe on a queue, or parked; raises only when the queue does
    not take what is left, and then nothing is lost by starting over. What the licence does not
    allow is held until it does.
    """
    work = collapse(events)
    joined = dict(work)
    outcomes: dict[RecordKey, Outcome] = {}
    taken: dict[RecordKey, frozenset[str]] = {}
    try:
        if not await licence.allows_sync():
            logger.warning("%d records are held until the licence allows them", len(work))
            await try_again.hold([*work.values()])
            return [Outcome.HELD] * len(events)

        batch = await _begin(
            work, crm=crm, marketing=marketing, records=records, mappings=mappings, again=try_again
        )
        snapshot, cause = batch.read.snapshot, batch.read.cause
        joined |= snapshot.work
        waiting = batch.read.waiting
        if cause is not None and not waiting:
            try_again.note(cause)
        elif cause is not None:
            await _come_back(joined, waiting, outcomes, cause, records=records, try_again=try_again)

        progress = Progress(snapshot=snapshot, try_again=try_again, outcomes=outcomes, taken=taken)
        await CarryOut(
            progress=progress,
            plan=batch.plan,
            crm=crm,
            marketing=batch.marketing,
            records=batch.records,
            on_delete=on_delete,
        ).run()
        await note_retries(
            progress.newly_sick(),
            progress.snapshot,
            records=batch.records,
            now=try_again.now,
            over=progress.passed_over(),
        )
    except ConnectorError as exc:
        left = {key: one.after(taken, try_again.clock()) for key, one in work.items()}
        await _come_back(joined, left, outcomes, exc, records=records, try_again=try_again)

    return [outcomes[event.key] for event in events]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What a batch was begun with: it is for one account, from its first read to its last write."""

    marketing: MarketingGateway
    records: AccountRecords
    plan: MappingPlan
    read: ReadApart


async def _begin(
    work: Mapping[RecordKey, Work],
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    mappings: MappingStore,
    again: TryAgain,
) -> _Batch:
    """Read all that a batch needs, of the account that is connected now."""
    if any(one.forced or one.event.attempt for one in work.values()):
        await crm.prove()

    account = await marketing.account()
    of_account, bound = AccountRecords(records, account), marketing.for_account(account)
    plan = lay_plan(
        effective_mappings(await mappings.list_changes()),
        await bound.get_catalogue(),
        by_address=bound.merges_by_address,
    )
    read = await read_apart(work, crm=crm, records=of_account, plan=plan, parking=again.parking)
    if of_account.others:
        # Another host has sent to another account: this one may be the last to know.
        await bound.account(now=True)

    return _Batch(marketing=bound, records=of_account, plan=plan, read=read)


async def _come_back(
    joined: Mapping[RecordKey, Work],
    work: Mapping[RecordKey, Work],
    outcomes: dict[RecordKey, Outcome],
    cause: ConnectorError,
    *,
    records: RecordStore,
    try_again: TryAgain,
) -> None:
    """Let a batch that failed come back, and fill in the outcomes.

    What was sent again or parked already must not become two.
    """
    left = [one for key, one in work.items() if outcomes.get(key) not in NOT_NOW]
    logger.warning("%d records come back later: %s", len(left), cause)
    if system_of(cause) not in {System.TABLES, System.RECORDS}:
        tried = [one for one in left if not try_again.back_off.is_spent(one.event.attempt)]
        await note_late(tried, records=records, now=try_again.now)
    later = await try_again.later(left, cause)
    outcomes |= zip((one.key for one in left), later, strict=True)
    parked = [joined[key] for key, what in outcomes.items() if what is Outcome.PARKED]
    outcomes |= await _give_up(parked, records, try_again)


async def _give_up(
    work: Sequence[Work], records: RecordStore, try_again: TryAgain
) -> Mapping[RecordKey, Outcome]:
    """Note what was parked, so that a later success takes it out of the parking.

    What cannot be noted is tried once more; return what came of that.
    """
    keys = [one.key for one in work]
    try:
        states = await records.list_states(keys)
        given_up = [give_up(states.get(key) or SyncState(key)) for key in keys]
        await records.save([replace(state, changed_at=try_again.now) for state in given_up])
    except (TransientError, ConfigurationError) as exc:
        await try_again.last(work, exc)
        return dict.fromkeys(keys, Outcome.RETRIED)

    return {}
