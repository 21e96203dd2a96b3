"""Bring the people of a batch of events to Spotler as they are now."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from connector.application.carry_out import CarryOut
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.read_people import read_people
from connector.application.try_again import TryAgain
from connector.domain.batch import collapse
from connector.domain.contact import RecordKey
from connector.domain.decision import OnDelete
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import ConnectorError
from connector.domain.event import RecordChanged
from connector.domain.mapping_plan import plan_mappings
from connector.domain.outcome import Outcome
from connector.domain.sync_state import SyncState, give_up

logger = logging.getLogger(__name__)


async def sync_contacts(
    events: Sequence[RecordChanged],
    *,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    mappings: MappingStore,
    try_again: TryAgain,
    on_delete: OnDelete = OnDelete.WITHDRAW,
) -> list[Outcome]:
    """Sync up to 100 events and return one outcome for each, in their order.

    Returns when every event is done, safe on a queue, or parked; raises only when the queue or
    the parking does not take what is left, and then nothing is lost by starting over.
    """
    work = collapse(events)
    try:
        changes = await mappings.list_changes()
        plan = plan_mappings(effective_mappings(changes), await marketing.get_catalogue())
        snapshot = await read_people(work, crm=crm, records=records, plan=plan)
        batch = CarryOut(snapshot, plan, marketing, records, try_again, on_delete)
        outcomes = await batch.run()
    except ConnectorError as exc:
        logger.warning("%d records come back later: %s", len(work), exc)
        outcomes = dict(zip(work, await try_again.later([*work.values()], exc), strict=True))
        await _give_up([key for key in work if outcomes[key] is Outcome.PARKED], records, try_again)

    return [outcomes[event.key] for event in events]


async def _give_up(keys: Sequence[RecordKey], records: RecordStore, try_again: TryAgain) -> None:
    """Note what was parked, so that a later success takes it out of the parking."""
    states = await records.list_states(keys)
    given_up = [give_up(states.get(key) or SyncState(key)) for key in keys]
    await records.save([replace(state, changed_at=try_again.now) for state in given_up])
