"""Of two rows that were merged the stricter permissions stay, whatever happens on the way."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from connector.domain.contact import Account, ExternalId, RecordKey
from connector.domain.errors import (
    ConnectorError,
    ContactRejectedError,
    PermanentError,
    TransientError,
)
from connector.domain.event import Change
from connector.domain.looked_up import HeldPerson
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import a_catalogue, a_change, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeMarketing
from tests.unit.application.syncing_world import World, lose_answer

MASTER, MERGED = a_contact_key(1), a_contact_key(2)
STRICT = {1: False, 2: True}


class Breaking(FakeMarketing):
    """Answers calls that are `broken` with an error; something may happen after a tightening."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.after_tightening: Callable[[], None] = lambda: None
        self.search_errors: list[ConnectorError] = []

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        if self.search_errors:
            raise self.search_errors.pop()

        return await super().find_by_address(address)

    async def tighten_permissions(
        self, external_id: ExternalId, other: ExternalId, *, is_memory_lost: bool = False
    ) -> bool:
        if "tighten" in self.broken:
            lose_answer()
        if "refuse" in self.broken:
            raise ContactRejectedError("spotler must accept the change", code="CONTACT_OPTOUT")

        is_there = await super().tighten_permissions(
            external_id, other, is_memory_lost=is_memory_lost
        )
        self.after_tightening()

        return is_there

    async def withdraw_permissions(self, external_id: ExternalId) -> bool:
        if "withdraw" in self.broken:
            lose_answer()

        return await super().withdraw_permissions(external_id)


@pytest.fixture
def marketing() -> Breaking:
    return Breaking()


@pytest.fixture
async def world(marketing: Breaking) -> World:
    """Return a world in which both rows are in Spotler, the merged one with one permission less."""
    world = World()
    world.marketing = marketing
    for key in (MASTER, MERGED):
        world.crm.put(a_person(key, email=f"{key.id}@example.nl"))
        await world.sync(a_change(key))
    world.marketing.permissions = {
        ExternalId(MASTER.id): {1: True, 2: True},
        ExternalId(MERGED.id): STRICT,
    }

    return world


def merge(world: World, key: RecordKey = MERGED, master: RecordKey = MASTER) -> None:
    """Let a row be merged into another one, as the CRM does."""
    row = world.crm.rows[key]
    columns = {**row.columns, "masterid": master.id, "statecode": 1}
    world.crm.put(replace(row, version=row.version + 1, columns=columns))


async def test_stricter_permissions_stay(world: World) -> None:
    """
    What the merged row was not allowed its master is not either, and the merged one is retired.
    """
    merge(world)

    outcomes = await world.sync(a_change(MERGED))

    assert outcomes == [Outcome.MERGED]
    assert world.marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert world.marketing.withdrawn == [ExternalId(MERGED.id)]
    state = world.state(MERGED)
    assert (state.status, state.reason, state.successor) == (
        SyncStatus.EXCLUDED,
        Reason.MERGED,
        MASTER.id,
    )


async def test_merge_told_twice_is_one(world: World) -> None:
    """
    Who was permitted again after the merge stays so when the merge is told once more.
    """
    merge(world)
    await world.sync(a_change(MERGED))
    world.marketing.permissions[ExternalId(MASTER.id)] = {1: True, 2: True}

    again = await world.sync(a_change(MERGED))
    forced = await world.sync(a_change(MERGED, forced=True))

    assert (again, forced) == ([Outcome.SKIPPED], [Outcome.MERGED])
    assert world.marketing.permissions[ExternalId(MASTER.id)] == {1: True, 2: True}


async def test_master_is_known_by_the_id_of_its_lead(world: World) -> None:
    """
    The master is found in Spotler under the id that it took over from a lead.
    """
    lead = ExternalId(a_lead_key(9).id)
    world.records.write(replace(world.state(MASTER), external_id=lead))
    world.marketing.permissions[lead] = {1: True, 2: True}
    world.marketing.people[lead] = {"lastName": "Jansen"}
    merge(world)

    await world.sync(a_change(MERGED))

    assert world.marketing.permissions[lead] == STRICT


async def test_master_that_was_never_sent(world: World) -> None:
    """
    A master that we never saw is looked for under its own id.
    """
    del world.records.rows[MASTER]
    merge(world)

    await world.sync(a_change(MERGED))

    assert world.marketing.permissions[ExternalId(MASTER.id)] == STRICT


async def test_row_merged_before_it_was_sent(world: World) -> None:
    """
    A row that Spotler never had is left out, and nobody loses a permission for it.
    """
    unsent = a_contact_key(3)
    world.crm.put(a_person(unsent))
    merge(world, unsent)

    outcomes = await world.sync(a_change(unsent))

    assert outcomes == [Outcome.MERGED]
    assert world.marketing.withdrawn == []
    assert world.state(unsent).reason == Reason.MERGED


async def test_merged_lead_is_retired(world: World) -> None:
    """
    A lead that was merged into another lead is retired as a contact is; it was not handed over.
    """
    lead, other = a_lead_key(11), a_lead_key(12)
    for key in (lead, other):
        world.crm.put(a_person(key, email=f"{key.table}.{key.id}@example.nl"))
        await world.sync(a_change(key))
    merge(world, lead, other)

    await world.sync(a_change(lead))

    assert world.marketing.withdrawn == [ExternalId(lead.id)]
    assert (world.state(lead).reason, world.state(lead).successor) == (Reason.MERGED, None)


async def test_failure_retires_nobody(world: World, marketing: Breaking) -> None:
    """
    While the master cannot be tightened the merged row keeps what it says, and comes back.
    """
    merge(world)
    marketing.broken = {"tighten"}

    outcomes = await world.sync(a_change(MERGED))
    before = [*marketing.withdrawn]
    marketing.broken = set()
    await world.settle()

    assert (outcomes, before) == ([Outcome.RETRIED], [])
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert marketing.withdrawn == [ExternalId(MERGED.id)]


async def test_retiring_that_fails_tightens_once(world: World, marketing: Breaking) -> None:
    """
    Once the master was tightened, what fails after that does not take the permissions anew.
    """
    merge(world)
    marketing.broken = {"withdraw"}

    outcomes = await world.sync(a_change(MERGED))
    marketing.broken = set()
    marketing.permissions[ExternalId(MASTER.id)] = {1: True, 2: True}
    await world.settle()

    assert outcomes == [Outcome.RETRIED]
    assert marketing.permissions[ExternalId(MASTER.id)] == {1: True, 2: True}
    assert marketing.withdrawn == [ExternalId(MERGED.id)]
    assert world.state(MERGED).reason == Reason.MERGED


async def test_lost_race_comes_back(world: World, marketing: Breaking) -> None:
    """
    Whoever writes the merged row meanwhile wins; the merge comes back and retires it then.
    """
    merge(world)
    marketing.after_tightening = lambda: _write_once(world, marketing)

    outcomes = await world.sync(a_change(MERGED))
    before = [*marketing.withdrawn]
    await world.settle()

    assert (outcomes, before) == ([Outcome.RACED], [])
    assert marketing.withdrawn == [ExternalId(MERGED.id)]
    assert world.state(MERGED).reason == Reason.MERGED


async def test_row_on_its_own_again_is_sent(world: World) -> None:
    """
    A merged row that is separated from its master is sent again, though nothing else changed.
    """
    before = world.crm.rows[MERGED]
    merge(world)
    await world.sync(a_change(MERGED))
    world.crm.put(replace(before, version=9))

    outcomes = await world.sync(a_change(MERGED))

    assert outcomes == [Outcome.SENT]
    assert (world.state(MERGED).status, world.state(MERGED).successor) == (SyncStatus.IN_SYNC, None)


def _write_once(world: World, marketing: Breaking) -> None:
    marketing.after_tightening = lambda: None
    world.records.write(replace(world.state(MERGED), notes=("city:too_long",)))


LAST = a_contact_key(3)


async def add_last(world: World) -> None:
    """Add a third row, which has both permissions, and merge the master into it."""
    world.crm.put(a_person(LAST, email=f"{LAST.id}@example.nl"))
    await world.sync(a_change(LAST))
    world.marketing.permissions[ExternalId(LAST.id)] = {1: True, 2: True}
    merge(world, MASTER, LAST)


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param([[MASTER], [MERGED]], id="last first"),
        pytest.param([[MERGED], [MASTER]], id="first first"),
        pytest.param([[MASTER, MERGED]], id="together"),
        pytest.param([[MERGED, MASTER]], id="together, first first"),
    ],
)
async def test_chain_of_merges_keeps_the_strictest(
    world: World, batches: list[list[RecordKey]]
) -> None:
    """
    A row that was merged into one that was merged itself tightens whoever stands for all of them.
    """
    await add_last(world)
    merge(world)

    for keys in batches:
        await world.sync(*(a_change(key) for key in keys))

    assert world.marketing.permissions[ExternalId(LAST.id)] == STRICT
    assert {*world.marketing.withdrawn} == {ExternalId(MASTER.id), ExternalId(MERGED.id)}


async def test_ring_of_merges_ends(world: World) -> None:
    """
    Rows that name each other as their masters keep nobody busy.
    """
    merge(world)
    merge(world, MASTER, MERGED)

    outcomes = await world.sync(a_change(MERGED), a_change(MASTER))

    assert outcomes == [Outcome.MERGED] * 2


async def test_refused_tightening_is_told_with_its_code(world: World, marketing: Breaking) -> None:
    """
    What Spotler refuses for the master keeps its code, and the merged row is not retired yet.
    """
    marketing.broken = {"refuse"}
    merge(world)

    outcomes = await world.sync(a_change(MERGED))

    assert outcomes == [Outcome.FAILED]
    state = world.state(MERGED)
    assert (state.status, state.reason) == (SyncStatus.FAILING, "rejected:CONTACT_OPTOUT")
    assert world.marketing.withdrawn == []
    marketing.broken = set()
    await world.sync(a_change(MERGED, forced=True))
    assert world.marketing.permissions[ExternalId(MASTER.id)] == STRICT


BOTH = {1: True, 2: True}


async def settled(world: World) -> None:
    """Let the merge be settled, and the person say Yes again to the master."""
    merge(world)
    await world.sync(a_change(MERGED))
    world.marketing.permissions[ExternalId(MASTER.id)] = dict(BOTH)


async def test_merge_is_settled_once_in_an_account(world: World, marketing: Breaking) -> None:
    """
    Back in the account where a merge was settled, what we switched off there says nothing.
    """
    await settled(world)
    world.marketing = FakeMarketing()
    world.marketing.known_as = Account("account-2")
    await world.sync(a_change(MERGED, forced=True))
    world.marketing = marketing

    await world.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH
    assert world.state(MERGED).reason == Reason.MERGED


async def test_restored_row_is_settled_already(world: World, marketing: Breaking) -> None:
    """
    A merged row that is deleted and restored does not take the master's permissions anew.
    """
    await settled(world)
    row = world.crm.rows.pop(MERGED)
    await world.sync(a_change(MERGED, Change.DELETED))
    world.crm.put(replace(row, version=row.version + 1))

    await world.sync(a_change(MERGED, Change.CREATED))

    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


async def test_given_up_row_is_settled_already(world: World, marketing: Breaking) -> None:
    """
    A merged row whose end failed to the last attempt, and is sent again, takes nothing anew.
    """
    world.attempts = 1
    merge(world)
    marketing.broken = {"withdraw"}
    await world.sync(a_change(MERGED))
    await world.settle()
    given_up = world.state(MERGED).reason
    marketing.broken = set()
    marketing.permissions[ExternalId(MASTER.id)] = dict(BOTH)

    await world.sync(a_change(MERGED, forced=True))

    assert (given_up, world.state(MERGED).reason) == (Reason.GAVE_UP, Reason.MERGED)
    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


async def test_lost_memory_takes_nothing(world: World, marketing: Breaking) -> None:
    """
    Without our memory a merged row of which all is off says nothing: we may have done that.
    """
    await settled(world)
    world.records.rows.clear()

    await world.sync(a_change(MERGED, forced=True))

    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


async def test_row_that_lived_again_is_settled_anew(world: World, marketing: Breaking) -> None:
    """
    What a row says that was sent again in between counts when it is merged once more.
    """
    before = world.crm.rows[MERGED]
    await settled(world)
    world.crm.put(replace(before, version=9))
    await world.sync(a_change(MERGED))
    marketing.permissions[ExternalId(MERGED.id)] = STRICT
    merge(world)

    await world.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT


async def test_master_that_spotler_does_not_know_is_sent_first(
    world: World, marketing: Breaking
) -> None:
    """
    What the merged row refused waits for a master that has to take its place in Spotler yet.
    """
    del world.records.rows[MASTER], marketing.people[ExternalId(MASTER.id)]
    merge(world)

    outcomes = await world.sync(a_change(MERGED))
    before = [*marketing.withdrawn]
    await world.settle()

    assert (outcomes, before) == ([Outcome.RETRIED], [])
    assert ExternalId(MASTER.id) in marketing.people
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert marketing.withdrawn == [ExternalId(MERGED.id)]


async def test_master_of_the_same_batch_is_sent_first(world: World, marketing: Breaking) -> None:
    """
    A master that is sent with its merged row takes its place before that says what it refused.
    """
    del world.records.rows[MASTER], marketing.people[ExternalId(MASTER.id)]
    merge(world)

    outcomes = await world.sync(a_change(MERGED), a_change(MASTER))
    await world.settle()

    assert outcomes == [Outcome.RETRIED, Outcome.SENT]
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert world.state(MERGED).reason == Reason.MERGED


async def test_deleted_master_holds_up_nobody(world: World, marketing: Breaking) -> None:
    """
    A merged row whose master is deleted, and unknown to Spotler, is retired without it.
    """
    del world.records.rows[MASTER], world.crm.rows[MASTER]
    del marketing.people[ExternalId(MASTER.id)]
    merge(world)

    outcomes = await world.sync(a_change(MERGED))

    assert outcomes == [Outcome.MERGED]
    assert marketing.withdrawn == [ExternalId(MERGED.id)]


async def test_both_keep_only_what_both_allowed(world: World, marketing: Breaking) -> None:
    """
    The merged row loses what its master refused as well: either may be left of the two.
    """
    marketing.permissions[ExternalId(MASTER.id)] = {1: False, 2: True}
    marketing.permissions[ExternalId(MERGED.id)] = dict(BOTH)
    marketing.broken = {"withdraw"}
    merge(world)

    await world.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(MERGED.id)] == {1: False, 2: True}


@pytest.fixture
async def moving(world: World, marketing: Breaking) -> World:
    """Return a world whose account knows people by address, and whose master gets the other's."""
    marketing.merges = True
    for key in (MASTER, MERGED):
        await world.sync(a_change(key, forced=True))
    row = world.crm.rows[MASTER]
    columns = {**row.columns, "emailaddress1": f"{MERGED.id}@example.nl"}
    world.crm.put(replace(row, version=row.version + 1, columns=columns))
    merge(world)

    return world


async def test_master_waits_for_what_it_takes_over(moving: World, marketing: Breaking) -> None:
    """
    A master that gets the address of its merged row takes the place once the merge is settled.
    """
    first = await moving.sync(a_change(MASTER))
    before = [*marketing.withdrawn]
    await moving.settle()

    assert (first, before) == ([Outcome.RETRIED], [])
    assert moving.state(MERGED).settled_in == {marketing.known_as}
    assert moving.state(MASTER).status == SyncStatus.IN_SYNC


async def test_merged_row_waits_for_who_takes_its_place(moving: World, marketing: Breaking) -> None:
    """
    What the master is going to take over is not switched off before it did.
    """
    first = await moving.sync(a_change(MERGED))
    before = [*marketing.withdrawn]
    await moving.settle()

    assert (first, before) == ([Outcome.RETRIED], [])
    assert moving.state(MASTER).status == SyncStatus.IN_SYNC
    assert moving.state(MERGED).reason == Reason.MERGED


async def test_stranger_at_the_address_holds_up_nobody(world: World, marketing: Breaking) -> None:
    """
    A contact that moves to the address of a living one, or of nobody, waits for no merge.
    """
    marketing.merges = True
    await world.sync(a_change(MASTER, forced=True), a_change(MERGED, forced=True))
    row = world.crm.rows[MASTER]
    for address in (f"{MERGED.id}@example.nl", "free@example.nl"):
        columns = {**row.columns, "emailaddress1": address}
        row = replace(row, version=row.version + 1, columns=columns)
        world.crm.put(row)

        assert await world.sync(a_change(MASTER)) == [Outcome.SENT]


async def test_new_key_of_the_account_takes_nothing(world: World, marketing: Breaking) -> None:
    """
    Where a merge was settled anywhere, a merged row of which all is off says nothing: we did that.
    """
    await settled(world)
    marketing.known_as = Account("account-2")

    await world.sync(a_change(MERGED))
    await world.sync(a_change(MERGED, forced=True))

    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


@pytest.mark.parametrize("first", [MASTER, MERGED], ids=["master", "merged"])
async def test_master_without_a_place_takes_no_permission(
    moving: World, marketing: Breaking, first: RecordKey
) -> None:
    """
    A master that Spotler does not know, and that gets the merged row's place, was never asked.
    """
    del marketing.people[ExternalId(MASTER.id)]
    marketing.permissions[ExternalId(MERGED.id)] = dict(BOTH)

    await moving.sync(a_change(first))
    await moving.settle()

    assert marketing.withdrawn[:1] == [ExternalId(MERGED.id)]
    assert ExternalId(MASTER.id) in marketing.people
    assert moving.state(MASTER).status == SyncStatus.IN_SYNC
    assert moving.state(MERGED).reason == Reason.MERGED


async def test_place_under_the_id_of_a_lead_is_found(moving: World, marketing: Breaking) -> None:
    """
    A merged contact that carries the id of its lead is waited for as any other.
    """
    lead = a_lead_key(9)
    marketing.rename(ExternalId(MERGED.id), ExternalId(lead.id))
    moving.records.write(replace(moving.state(MERGED), external_id=ExternalId(lead.id)))
    moving.records.write(SyncState(lead, successor=MERGED.id, reason=Reason.HANDED_OVER))

    outcomes = await moving.sync(a_change(MASTER))
    await moving.settle()

    assert outcomes == [Outcome.RETRIED]
    assert moving.state(MERGED).settled_in == {marketing.known_as}


async def test_unknown_address_of_before_is_looked_at(moving: World, marketing: Breaking) -> None:
    """
    A master of whom nobody knows with which address it was sent waits too.
    """
    moving.records.write(replace(moving.state(MASTER), filled=frozenset()))

    assert await moving.sync(a_change(MASTER)) == [Outcome.RETRIED]
    assert marketing.withdrawn == []


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        pytest.param(PermanentError("spotler must allow the search"), Outcome.SENT, id="refused"),
        pytest.param(TransientError("spotler must answer"), Outcome.RETRIED, id="outage"),
    ],
)
async def test_failed_look_concerns_one(
    moving: World, marketing: Breaking, error: ConnectorError, outcome: Outcome
) -> None:
    """
    Who has the address cannot be told: refused, the contact is sent; failed, it comes back alone.
    """
    other = a_contact_key(5)
    moving.crm.put(a_person(other, email="other@example.nl"))
    marketing.search_errors = [error]

    outcomes = await moving.sync(a_change(MASTER), a_change(other))

    assert outcomes == [outcome, Outcome.SENT]


async def test_account_that_keeps_all_apart_gives_no_place_away(
    moving: World, marketing: Breaking
) -> None:
    """
    Where nobody is known by an address, a master that is not there is sent before the merge.
    """
    marketing.merges = False
    del marketing.people[ExternalId(MASTER.id)]

    first = await moving.sync(a_change(MERGED))
    before = [*marketing.withdrawn]
    second = await moving.sync(a_change(MASTER))
    await moving.settle()

    assert (first, before, second) == ([Outcome.RETRIED], [], [Outcome.SENT])
    assert marketing.withdrawn == [ExternalId(MERGED.id)]


async def test_hidden_address_field_stops_no_batch(moving: World, marketing: Breaking) -> None:
    """
    While Spotler hides the field of the address nobody knows whose place is taken: that waits.
    """
    del marketing.people[ExternalId(MASTER.id)]
    marketing.catalogue = tuple(one for one in a_catalogue() if one.name != "email")

    outcomes = await moving.sync(a_change(MERGED))

    assert outcomes == [Outcome.RETRIED]
    assert marketing.withdrawn == []
