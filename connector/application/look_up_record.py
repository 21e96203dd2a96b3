"""Look one record up in both systems, whichever of them answers; nothing is written."""

from dataclasses import dataclass, field

from connector.application.account_records import AccountRecords
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.read_people import read_people
from connector.domain.batch import Work
from connector.domain.contact import ExternalId, OrganisationId, Record, RecordKey, Table
from connector.domain.default_mappings import effective_mappings
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimitedError,
    TransientError,
)
from connector.domain.event import Change, RecordChanged
from connector.domain.identity import find_master, own_external_id
from connector.domain.looked_up import HeldPerson, WouldSend, preview
from connector.domain.mapping_plan import MappingPlan, plan_mappings
from connector.domain.property import Catalogue
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, known_to

DYNAMICS, SPOTLER = "dynamics", "spotler"
NOTHING = MappingPlan(dict.fromkeys(Table, ()))
"""Is the plan as long as Spotler does not say which fields it has."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Says which system could not be asked, and by a code why."""

    system: str
    code: str


@dataclass(slots=True)
class LookedUp:
    """Is what was found; what could not be asked is None and has a problem."""

    key: RecordKey
    state: SyncState | None
    external_id: ExternalId
    in_crm: bool | None = None
    excluded: str | None = None
    differs: bool = False
    would_send: tuple[WouldSend, ...] = ()
    in_spotler: bool | None = None
    held: HeldPerson | None = None
    problems: list[Problem] = field(default_factory=list)


async def look_up_record(
    key: RecordKey,
    *,
    organisation: OrganisationId,
    crm: CrmGateway,
    marketing: MarketingGateway,
    records: RecordStore,
    mappings: MappingStore,
) -> LookedUp:
    """Return the state of a record, its row as it would be sent now, and what Spotler holds.

    A vendor that does not answer is told beside what the other says; only without our own tables
    there is nothing to tell.
    """
    state = (await records.list_states([key])).get(key)
    found = LookedUp(key, state, (state and state.external_id) or own_external_id(key))
    changes = effective_mappings(await mappings.list_changes())
    catalogue: Catalogue = ()
    plan = NOTHING
    try:
        account = await marketing.account()
        marketing = marketing.for_account(account)
        records = AccountRecords(records, account)
        found.state = state and known_to(account, state)
        catalogue = await marketing.get_catalogue()
        plan = plan_mappings(changes, catalogue)
    except ConnectorError as exc:
        found.problems.append(_to_problem(SPOTLER, exc))

    try:
        work = {key: _to_work(key, organisation)}
        snapshot = await read_people(work, crm=crm, records=records, plan=plan)
        _compare(found, snapshot, plan, catalogue)
    except ConnectorError as exc:
        found.problems.append(_to_problem(DYNAMICS, exc))

    if catalogue:
        await _ask_spotler(found, marketing)

    return found


def _compare(found: LookedUp, snapshot: Snapshot, plan: MappingPlan, catalogue: Catalogue) -> None:
    """Note what would become of the row if it were synced now."""
    record = snapshot.records.get(found.key)
    found.in_crm = record is not None
    found.external_id = snapshot.external_id(found.key)
    if record is None or plan is NOTHING:
        return

    found.would_send = tuple(preview(record, plan=plan, catalogue=catalogue))
    if found.key.table is Table.LEAD and snapshot.successor(found.key):
        found.excluded = Reason.HANDED_OVER
        return
    if find_master(record) is not None:
        found.excluded = Reason.MERGED
        return

    _map(found, record, plan)


def _map(found: LookedUp, record: Record, plan: MappingPlan) -> None:
    known = found.state or SyncState(record.key)
    mapped = plan.map(record, found.external_id, known.filled)
    found.excluded = mapped.excluded
    if mapped.contact is not None:
        is_new = mapped.contact.fingerprint != known.fingerprint
        found.differs = is_new or mapped.contact.clears


async def _ask_spotler(found: LookedUp, marketing: MarketingGateway) -> None:
    try:
        found.held = await marketing.find_person(found.external_id)
    except ConnectorError as exc:
        found.problems.append(_to_problem(SPOTLER, exc))
    else:
        found.in_spotler = found.held is not None


def _to_work(key: RecordKey, organisation: OrganisationId) -> Work:
    looking = RecordChanged(organisation, key, Change.UPDATED, "look", "look", "look")

    return Work.of(looking)


def _to_problem(system: str, error: ConnectorError) -> Problem:
    match error:
        case RateLimitedError():
            return Problem(system, "rate_limited")
        case TransientError():
            return Problem(system, "try_again_later")
        case ConfigurationError():
            return Problem(system, "configuration")
        case _:
            return Problem(system, "impossible")
