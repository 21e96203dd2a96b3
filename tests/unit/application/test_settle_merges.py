"""Of two rows that were merged the stricter permissions stay, whatever happens on the way."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application import find_sharers, find_unsettled
from connector.application.find_unsettled import LOOKS_SIDE_BY_SIDE
from connector.application.in_portions import PATIENCE
from connector.application.merging import ENDED_SIDE_BY_SIDE
from connector.domain.contact import Account, ExternalId, RecordKey
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    ContactRejectedError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.event import Change
from connector.domain.looked_up import HeldPerson
from connector.domain.outcome import Outcome
from connector.domain.sync_state import Agreement, Reason, SyncState, SyncStatus
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
        self.before_telling: Callable[[], Awaitable[object]] | None = None
        self.tells_of: ExternalId | None = None
        self.look_errors: list[ConnectorError] = []
        self.search_errors: list[ConnectorError] = []
        self.looks = 0
        self.asked = 0
        self.hides: set[ExternalId] = set()
        self.is_slow = False
        self.breaks_at: ExternalId | None = None

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        self.looks += 1
        if self.look_errors:
            raise self.look_errors.pop()
        if self.is_slow:
            await asyncio.Event().wait()

        return await super().find_person(external_id)

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        if self.search_errors:
            raise self.search_errors.pop()

        return await super().find_by_address(address)

    async def find_permissions(self, external_id: ExternalId) -> Mapping[int, bool] | None:
        self.asked += 1
        if "tighten" in self.broken or external_id == self.breaks_at:
            lose_answer()
        if external_id in self.hides:
            raise ContactRejectedError("spotler must show the contact", code="INVALID_STATE")
        if self.before_telling is not None and self.tells_of in {None, external_id}:
            happens, self.before_telling = self.before_telling, None
            await happens()

        return await super().find_permissions(external_id)

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        if bits is None and "withdraw" in self.broken:
            lose_answer()
        if bits is not None and "refuse" in self.broken:
            raise ContactRejectedError("spotler must accept the change", code="CONTACT_OPTOUT")

        is_there = await super().withdraw_permissions(external_id, bits)
        if bits is not None:
            self.after_tightening()

        return is_there


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


async def test_what_others_settled_meanwhile_says_nothing(
    world: World, marketing: Breaking
) -> None:
    """
    What is off is no refusal where another worker settled the merge since the state was read.
    """
    marketing.permissions[ExternalId(MERGED.id)] = dict(BOTH)
    merge(world)
    marketing.before_telling = lambda: world.sync(a_change(MERGED))

    outcomes = await world.sync(a_change(MERGED))

    assert outcomes == [Outcome.RACED]
    assert marketing.withdrawn == [ExternalId(MERGED.id)]
    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


async def test_what_others_did_to_the_master_says_nothing(
    world: World, marketing: Breaking
) -> None:
    """
    A master that was merged itself, and switched off, while it was asked, refused nothing by that.
    """
    marketing.permissions[ExternalId(MERGED.id)] = dict(BOTH)
    await add_last(world, is_merged=False)
    merge(world)
    marketing.tells_of = ExternalId(MASTER.id)
    marketing.before_telling = lambda: _settle_master(world)

    outcomes = await world.sync(a_change(MERGED))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert marketing.permissions[ExternalId(LAST.id)] == BOTH
    assert marketing.withdrawn == [ExternalId(MASTER.id), ExternalId(MERGED.id)]


async def _settle_master(world: World) -> None:
    merge(world, MASTER, LAST)
    await world.sync(a_change(MASTER))


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


async def test_master_merged_meanwhile_is_too_late(world: World, marketing: Breaking) -> None:
    """
    Where the master was merged itself as we tightened it, its own master is tightened too.
    """
    await add_last(world, is_merged=False)
    merge(world)
    marketing.after_tightening = lambda: _merge_master(world, marketing)

    outcomes = await world.sync(a_change(MERGED))
    await world.settle()

    assert outcomes == [Outcome.RACED]
    assert marketing.permissions[ExternalId(LAST.id)] == STRICT


def _merge_master(world: World, marketing: Breaking) -> None:
    marketing.after_tightening = lambda: None
    merge(world, MASTER, LAST)


async def test_deleted_master_leads_on(world: World, marketing: Breaking) -> None:
    """
    A master that was merged itself, and is deleted since, leads to its own master all the same.
    """
    await add_last(world)
    await world.sync(a_change(MASTER))
    del world.crm.rows[MASTER]
    await world.sync(a_change(MASTER, Change.DELETED))
    merge(world)

    await world.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(LAST.id)] == STRICT


async def test_lost_state_settles_a_merge_all_the_same(world: World, marketing: Breaking) -> None:
    """
    A merged row of which we know nothing may be in Spotler: what it refused counts.
    """
    del world.records.rows[MERGED], world.records.rows[MASTER]
    merge(world)

    await world.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert marketing.withdrawn == [ExternalId(MERGED.id)]


async def test_retried_state_is_no_memory(world: World, marketing: Breaking) -> None:
    """
    A state that was written since our memory was lost does not tell who switched permissions off.
    """
    marketing.permissions = {
        ExternalId(MASTER.id): dict(BOTH),
        ExternalId(MERGED.id): {1: False, 2: False},
    }
    del world.records.rows[MERGED]
    world.records.write(SyncState(MERGED, status=SyncStatus.FAILING, reason=Reason.RETRIED))
    merge(world)

    await world.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


async def test_who_came_from_spotler_says_no(world: World, marketing: Breaking) -> None:
    """
    A merged row that was brought from Spotler, and never sent, refused what is off there itself.
    """
    marketing.permissions = {
        ExternalId(MASTER.id): dict(BOTH),
        ExternalId("shop-7"): {1: False, 2: False},
    }
    marketing.people[ExternalId("shop-7")] = marketing.people.pop(ExternalId(MERGED.id))
    del world.records.rows[MERGED]
    state = SyncState(MERGED, external_id=ExternalId("shop-7"), agreement=Agreement(1))
    world.records.write(replace(state, account=marketing.known_as))
    merge(world)

    outcomes = await world.sync(a_change(MERGED))

    assert outcomes == [Outcome.MERGED]
    assert not any(marketing.permissions[ExternalId(MASTER.id)].values())


async def test_long_chain_has_an_end(world: World, marketing: Breaking) -> None:
    """
    However often rows are merged, the first and the last of them are settled.
    """
    chain = [a_contact_key(number) for number in range(20, 40)]
    for key, after in zip(chain, [*chain[1:], MASTER], strict=True):
        world.crm.put(a_person(key, masterid=after.id))
    marketing.people[ExternalId(chain[0].id)] = {}
    marketing.permissions[ExternalId(MASTER.id)] = dict(BOTH)
    marketing.permissions[ExternalId(chain[0].id)] = dict(STRICT)

    assert await world.sync(a_change(chain[0])) == [Outcome.MERGED]
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT


@pytest.mark.parametrize("refused", [MASTER, MERGED], ids=["master", "merged"])
async def test_who_is_not_shown_fails_alone(
    world: World, marketing: Breaking, refused: RecordKey
) -> None:
    """
    Where Spotler refuses to show either of two, the merged row fails with the code, and no other.
    """
    merge(world)
    world.crm.put(a_person(LAST))
    await world.sync(a_change(LAST))
    del world.crm.rows[LAST]
    marketing.hides = {ExternalId(refused.id)}

    outcomes = await world.sync(a_change(MERGED), a_change(LAST, Change.DELETED))

    assert outcomes == [Outcome.FAILED, Outcome.WITHDRAWN]
    assert world.state(MERGED).reason == "rejected:INVALID_STATE"
    assert marketing.withdrawn == [ExternalId(LAST.id)]


async def test_unknown_merged_row_is_not_withdrawn(world: World, marketing: Breaking) -> None:
    """
    Of a merged row that Spotler does not know nothing is to be switched off.
    """
    del marketing.people[ExternalId(MERGED.id)]
    merge(world)

    assert await world.sync(a_change(MERGED)) == [Outcome.MERGED]
    assert marketing.withdrawn == []


async def test_one_failure_holds_up_few(world: World, marketing: Breaking) -> None:
    """
    While Spotler is away the rest of a batch waits without a call, and who is sent is sent.
    """
    rows = [a_contact_key(number) for number in range(20, 70)]
    for key in rows:
        world.crm.put(a_person(key, masterid=MASTER.id))
    world.crm.put(a_person(LAST))
    marketing.broken = {"tighten"}

    outcomes = await world.sync(*map(a_change, rows), a_change(LAST))

    assert outcomes == [*[Outcome.RETRIED] * len(rows), Outcome.SENT]
    assert 0 < marketing.asked <= 2 * ENDED_SIDE_BY_SIDE


LAST = a_contact_key(3)


async def add_last(world: World, *, is_merged: bool = True) -> None:
    """Add a third row, which has both permissions, and merge the master into it."""
    world.crm.put(a_person(LAST, email=f"{LAST.id}@example.nl"))
    await world.sync(a_change(LAST))
    world.marketing.permissions[ExternalId(LAST.id)] = {1: True, 2: True}
    if is_merged:
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


async def test_place_of_both_stays_as_it_is(world: World, marketing: Breaking) -> None:
    """
    A master that was sent with the address of its merged row gets their place back, as it is.
    """
    marketing.merges = True
    row = world.crm.rows[MERGED]
    columns = {**row.columns, "emailaddress1": f"{MASTER.id}@example.nl"}
    world.crm.put(replace(row, columns=columns))
    for key in (MASTER, MERGED):
        await world.sync(a_change(key, forced=True))
    merge(world)

    await world.sync(a_change(MERGED))
    await world.settle()

    assert marketing.people.keys() == {ExternalId(MASTER.id)}
    assert marketing.withdrawn == []
    assert world.state(MERGED).settled_in == {marketing.known_as}


@pytest.mark.parametrize("merges", [True, False], ids=["by address", "by id"])
async def test_master_without_an_address_holds_up_nobody(
    world: World, marketing: Breaking, *, merges: bool
) -> None:
    """
    A merged row whose master is left out, and has nothing in Spotler, is retired without it.
    """
    marketing.merges = merges
    del world.records.rows[MASTER], marketing.people[ExternalId(MASTER.id)]
    row = world.crm.rows[MASTER]
    world.crm.put(replace(row, columns={**row.columns, "emailaddress1": None}))
    merge(world)

    outcomes = await world.sync(a_change(MERGED))
    await world.settle()

    assert outcomes == [Outcome.RETRIED]
    assert marketing.withdrawn == [ExternalId(MERGED.id)]
    assert world.state(MERGED).reason == Reason.MERGED
    assert world.parking.parked == {}


async def test_master_that_is_hidden_is_waited_for(world: World, marketing: Breaking) -> None:
    """
    A master that we may not see is not deleted: what was merged into it waits.
    """
    del world.records.rows[MASTER], marketing.people[ExternalId(MASTER.id)]
    merge(world)
    world.crm.hidden.add(MASTER)
    del world.crm.rows[MASTER]

    assert await world.sync(a_change(MERGED)) == [Outcome.RETRIED]
    assert marketing.withdrawn == []


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


async def test_place_under_an_id_of_the_account_is_found(
    moving: World, marketing: Breaking
) -> None:
    """
    A merged contact that Spotler knows by an id of its own is waited for as any other.
    """
    own = ExternalId("klant-17")
    marketing.rename(ExternalId(MERGED.id), own)
    moving.records.write(replace(moving.state(MERGED), external_id=own))

    assert await moving.sync(a_change(MASTER)) == [Outcome.RETRIED]


async def test_place_at_the_end_of_a_chain_is_found(moving: World) -> None:
    """
    A contact waits as well for what was merged into a row that was merged into it.
    """
    middle = a_contact_key(4)
    moving.crm.put(a_person(middle, email="middle@example.nl", masterid=MASTER.id))
    row = moving.crm.rows[MERGED]
    moving.crm.put(replace(row, columns={**row.columns, "masterid": middle.id}))

    assert await moving.sync(a_change(MASTER)) == [Outcome.RETRIED]


async def test_merge_of_another_address_holds_up_nobody(moving: World, marketing: Breaking) -> None:
    """
    A contact that moves waits for no merged row but the one whose place it takes.
    """
    row = moving.crm.rows[MASTER]
    columns = {**row.columns, "emailaddress1": "form@example.nl"}
    moving.crm.put(replace(row, version=row.version + 1, columns=columns))
    marketing.people[ExternalId("form-1")] = {"email": "form@example.nl"}

    assert await moving.sync(a_change(MASTER)) == [Outcome.SENT]


async def test_slow_look_holds_up_who_waits_for_it(
    moving: World, marketing: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A contact of which it is not found in time what was merged into it comes back, and no other.
    """
    other = a_contact_key(8)
    moving.crm.put(a_person(other, email="other@example.nl"))
    await moving.sync(a_change(other))
    moving.crm.put(a_person(other, version=2, email="elsewhere@example.nl"))
    monkeypatch.setattr(find_unsettled, "LOOK_SECONDS", 0)
    marketing.is_slow = True

    outcomes = await moving.sync(a_change(MASTER), a_change(other))

    assert outcomes == [Outcome.RETRIED, Outcome.SENT]


async def test_unknown_address_of_before_is_looked_at(moving: World, marketing: Breaking) -> None:
    """
    A master of whom nobody knows with which address it was sent waits too.
    """
    moving.records.write(replace(moving.state(MASTER), filled=frozenset()))

    assert await moving.sync(a_change(MASTER)) == [Outcome.RETRIED]
    assert marketing.withdrawn == []


UNTOLD = PermanentError("spotler must show the contact")
AWAY = TransientError("spotler must answer")


@pytest.mark.parametrize("error", [UNTOLD, AWAY])
async def test_failed_look_concerns_one(
    moving: World, marketing: Breaking, error: ConnectorError
) -> None:
    """
    While nobody tells who has the address, the contact waits for what was merged into it, alone.
    """
    other = a_contact_key(5)
    moving.crm.put(a_person(other, email="other@example.nl"))
    marketing.look_errors = [error]

    outcomes = await moving.sync(a_change(MASTER), a_change(other))

    assert outcomes == [Outcome.RETRIED, Outcome.SENT]


FULL = RateLimitedError("spotler must have room", retry_after=timedelta(minutes=90))


async def test_look_that_keeps_failing_is_told(moving: World, marketing: Breaking) -> None:
    """
    A contact whose look fails for the second time counts as one that is tried again.
    """
    told = []
    for attempt in (0, 1):
        marketing.look_errors = [AWAY]
        await moving.sync(a_change(MASTER, attempt=attempt))
        told.append((moving.state(MASTER).status, moving.state(MASTER).reason))

    await moving.settle()

    assert told == [(SyncStatus.IN_SYNC, None), (SyncStatus.FAILING, Reason.RETRIED)]
    assert moving.state(MASTER).status is SyncStatus.IN_SYNC


async def test_place_that_is_never_shown_is_told(three: World, marketing: Breaking) -> None:
    """
    So does one that waits for a place that Spotler does not show, whyever.
    """
    await three.sync(a_change(MERGED), a_change(a_contact_key(6)))
    marketing.hides = {ExternalId(MERGED.id)}

    assert await three.sync(a_change(MASTER, attempt=1)) == [Outcome.RETRIED]
    assert three.state(MASTER).reason == Reason.RETRIED


async def are_moving(world: World, count: int) -> list[RecordKey]:
    """Let contacts get the addresses of others that are merged into them."""
    keys = [a_contact_key(number) for number in range(100, 100 + count)]
    for number, key in enumerate(keys):
        other, address = a_contact_key(500 + number), f"other.{number}@example.nl"
        world.crm.put(a_person(key, email=f"{key.id}@example.nl"), a_person(other, email=address))
        await world.sync(a_change(key), a_change(other))
        world.crm.put(a_person(key, version=2, email=address))
        merge(world, other, key)

    return keys


@pytest.mark.parametrize(
    ("errors", "most"),
    [
        pytest.param([FULL], LOOKS_SIDE_BY_SIDE, id="limited"),
        pytest.param([AWAY] * 20, LOOKS_SIDE_BY_SIDE + PATIENCE, id="away"),
        pytest.param([ConfigurationError("an operator must act")] * 20, 10, id="refused"),
    ],
)
async def test_looks_stop_while_spotler_has_no_room(
    moving: World, marketing: Breaking, errors: list[ConnectorError], most: int
) -> None:
    """
    Once Spotler has no room, or is away, the other contacts come back without being asked for.
    """
    keys = await are_moving(moving, 20)
    marketing.look_errors = [*errors]
    marketing.looks = 0

    outcomes = await moving.sync(*map(a_change, keys))

    assert outcomes == [Outcome.RETRIED] * len(keys)
    assert marketing.looks <= most
    assert sorted(one.key for one in moving.queue.events if one.attempt) == keys
    waits = [delay for delay in moving.queue.delays if delay is not None]
    assert errors != [FULL] or max(waits) >= FULL.retry_after


async def test_who_was_not_asked_for_is_not_given_up(moving: World, marketing: Breaking) -> None:
    """
    Only whose own look failed is parked in the end.
    """
    keys = await are_moving(moving, 20)
    marketing.look_errors = [AWAY] * 20
    marketing.looks = 0

    outcomes = await moving.sync(*(a_change(key, attempt=9) for key in keys))

    assert outcomes.count(Outcome.PARKED) == marketing.looks
    assert outcomes.count(Outcome.RETRIED) == len(keys) - marketing.looks


async def test_place_that_is_refused_is_waited_for(moving: World, marketing: Breaking) -> None:
    """
    What a merged row said that Spotler refuses to show is not overtaken: its contact waits.
    """
    marketing.permissions = {
        ExternalId(MASTER.id): {1: False, 2: True},
        ExternalId(MERGED.id): {1: True, 2: False},
    }
    marketing.hides = marketing.untold = {ExternalId(MERGED.id)}

    refused = await moving.sync(a_change(MERGED), a_change(MASTER))
    again = await moving.sync(a_change(MASTER))
    marketing.hides = marketing.untold = set()
    await moving.settle()

    assert (refused, again) == ([Outcome.FAILED, Outcome.RETRIED], [Outcome.RETRIED])
    assert marketing.permissions[ExternalId(MASTER.id)] == {1: False, 2: False}
    assert moving.state(MASTER).status is SyncStatus.IN_SYNC


async def test_settled_place_that_is_refused_is_told(moving: World, marketing: Breaking) -> None:
    """
    A contact waits for a settled place that is not shown, is told why, and holds up nobody.
    """
    await moving.sync(a_change(MERGED))
    moving.queue.take()
    settled = replace(moving.state(MERGED), settled_in=frozenset({marketing.known_as}))
    moving.records.write(settled)
    marketing.untold = {ExternalId(MERGED.id)}

    outcomes = await moving.sync(a_change(MASTER, attempt=9))

    assert outcomes == [Outcome.PARKED]
    [parked] = moving.parking.parked.values()
    assert parked.reason == "ContactRejectedError"


async def test_refused_places_stop_no_other_look(moving: World, marketing: Breaking) -> None:
    """
    However many places are refused, Spotler is there: the other contacts are looked at.
    """
    keys = await are_moving(moving, 4)
    for number in range(4):
        state = moving.state(a_contact_key(500 + number))
        moving.records.write(replace(state, settled_in=frozenset({marketing.known_as})))
    refused = {ExternalId(a_contact_key(500 + number).id) for number in range(3)}
    marketing.untold = {*refused}

    outcomes = await moving.sync(*map(a_change, keys))

    assert outcomes == [*[Outcome.RETRIED] * 3, Outcome.SENT]


async def test_place_without_an_address_is_tightened(moving: World, marketing: Breaking) -> None:
    """
    A merged row of which Spotler shows no address may be what is taken: it keeps no Yes for that.
    """
    marketing.people[ExternalId(MERGED.id)] = {"lastName": "Kok"}
    marketing.permissions = {
        ExternalId(MASTER.id): {1: False, 2: True},
        ExternalId(MERGED.id): {1: True, 2: False},
    }

    outcomes = await moving.sync(a_change(MASTER))

    assert outcomes == [Outcome.SENT]
    assert marketing.permissions[ExternalId(MERGED.id)] == {1: False, 2: False}


async def test_nobody_waits_for_themselves(moving: World, marketing: Breaking) -> None:
    """
    A master that Spotler lost goes before a merged row that shows no address.
    """
    del marketing.people[ExternalId(MASTER.id)]
    marketing.people[ExternalId(MERGED.id)] = {"lastName": "Kok"}

    await moving.sync(a_change(MERGED), a_change(MASTER))
    await moving.settle()

    assert moving.state(MASTER).status is SyncStatus.IN_SYNC
    assert moving.state(MERGED).reason == Reason.MERGED
    assert moving.parking.parked == {}


async def test_every_place_that_is_taken_is_tightened(three: World, marketing: Breaking) -> None:
    """
    Of several settled places at the new address none keeps what the master refuses.
    """
    both = (MERGED, a_contact_key(6))
    for key in both:
        state = replace(three.state(key), settled_in=frozenset({marketing.known_as}))
        three.records.write(state)
        marketing.people[ExternalId(key.id)] = {"email": f"{MERGED.id}@example.nl"}
        marketing.permissions[ExternalId(key.id)] = dict(BOTH)
    marketing.permissions[ExternalId(MASTER.id)] = dict(STRICT)
    marketing.meanwhile = lose_answer

    await three.sync(a_change(MASTER))

    kept = [marketing.permissions.get(ExternalId(key.id), STRICT) for key in both]
    assert kept == [STRICT, STRICT]


@pytest.fixture
async def three(moving: World, marketing: Breaking) -> World:
    """Return a world in which a third row, which refused something else, was merged as well."""
    key = a_contact_key(6)
    moving.crm.put(a_person(key, email="third@example.nl"))
    await moving.sync(a_change(key))
    merge(moving, key)
    marketing.permissions = {
        ExternalId(MASTER.id): dict(BOTH),
        ExternalId(MERGED.id): dict(BOTH),
        ExternalId(key.id): dict(STRICT),
    }

    return moving


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param([[MERGED, a_contact_key(6), MASTER]], id="together"),
        pytest.param([[MERGED], [a_contact_key(6)], [MASTER]], id="apart"),
    ],
)
async def test_place_that_is_taken_hears_of_every_refusal(
    three: World, marketing: Breaking, batches: list[list[RecordKey]]
) -> None:
    """
    A master that takes the place of one merged row keeps there what another one refused.
    """
    for keys in batches:
        await three.sync(*map(a_change, keys))
    await three.settle()

    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert three.state(MASTER).status == SyncStatus.IN_SYNC


async def test_place_that_cannot_be_read_is_not_taken(three: World, marketing: Breaking) -> None:
    """
    A master waits while Spotler does not show the place that it is going to take.
    """
    await three.sync(a_change(MERGED))
    await three.sync(a_change(a_contact_key(6)))
    marketing.broken = {"tighten"}

    assert await three.sync(a_change(MASTER)) == [Outcome.RETRIED]


async def test_race_beside_an_outage_comes_back_once(world: World, marketing: Breaking) -> None:
    """
    What lost a race in company that failed comes back with its company, and breaks no batch.
    """
    other = a_contact_key(7)
    world.crm.put(a_person(other, masterid=MASTER.id), a_person(LAST))
    merge(world)
    marketing.people[ExternalId(other.id)] = {}
    marketing.permissions[ExternalId(other.id)] = dict(BOTH)
    marketing.before_telling = lambda: _note_twice(world, marketing)

    outcomes = await world.sync(a_change(MERGED), a_change(other), a_change(LAST))

    assert outcomes == [Outcome.RETRIED, Outcome.RETRIED, Outcome.SENT]
    assert sorted(event.key for event in world.queue.events) == sorted([MERGED, other])


async def _note_twice(world: World, marketing: Breaking) -> None:
    """Let somebody write the merged row, and Spotler be away from the next question on."""
    world.records.write(replace(world.state(MERGED), notes=("city:too_long",)))
    marketing.breaks_at = ExternalId(MASTER.id)


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


SHARER = a_contact_key(7)


@pytest.fixture
async def shared(world: World, marketing: Breaking) -> World:
    """Return a world in which somebody alive has the place of the merged row, by their address."""
    marketing.merges = True
    await world.sync(a_change(MERGED, forced=True))
    await share(world, SHARER)
    marketing.permissions = {
        ExternalId(MASTER.id): dict(BOTH),
        ExternalId(SHARER.id): dict(STRICT),
    }

    return world


async def share(world: World, key: RecordKey) -> None:
    """Let another row have the address of the merged one, and so its place."""
    world.crm.put(a_person(key, email=f"{MERGED.id}@example.nl"))
    await world.sync(a_change(key))


@pytest.mark.parametrize("is_known", [True, False], ids=["sent", "forgotten"])
async def test_word_in_a_shared_place_counts(
    shared: World, marketing: Breaking, *, is_known: bool
) -> None:
    """
    What was said by the address of a merged row counts, though somebody else has the place now.
    """
    if not is_known:
        del shared.records.rows[MERGED]
    merge(shared)

    outcomes = await shared.sync(a_change(MERGED))

    assert outcomes == [Outcome.MERGED]
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert marketing.permissions[ExternalId(SHARER.id)] == STRICT
    assert marketing.withdrawn == []


async def test_shared_place_is_not_narrowed(shared: World, marketing: Breaking) -> None:
    """
    Who has the place of a merged row keeps there what its master refused.
    """
    marketing.permissions = {
        ExternalId(MASTER.id): dict(STRICT),
        ExternalId(SHARER.id): dict(BOTH),
    }
    merge(shared)

    await shared.sync(a_change(MERGED))
    await shared.settle()

    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert marketing.permissions[ExternalId(SHARER.id)] == BOTH


async def test_word_of_another_address_is_not_its_own(shared: World, marketing: Breaking) -> None:
    """
    A merged row that was sent with another address than it has now has no word at that one.
    """
    row = shared.crm.rows[MERGED]
    shared.crm.put(replace(row, columns={**row.columns, "emailaddress1": "form@example.nl"}))
    marketing.people[ExternalId("form-1")] = {"email": "form@example.nl"}
    merge(shared)

    await shared.sync(a_change(MERGED))

    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


@pytest.mark.parametrize(
    ("is_known", "outcome"), [(True, Outcome.FAILED), (False, Outcome.MERGED)], ids=["sent", "not"]
)
async def test_search_for_a_word_may_be_refused(
    shared: World, marketing: Breaking, *, is_known: bool, outcome: Outcome
) -> None:
    """
    Who was sent said something at the address: while nobody shows it the merge is not settled.
    """
    if not is_known:
        del shared.records.rows[MERGED]
    marketing.search_errors = [PermanentError("spotler must allow the search")]
    merge(shared)

    assert await shared.sync(a_change(MERGED)) == [outcome]
    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


async def test_nobody_at_the_address_says_nothing(shared: World, marketing: Breaking) -> None:
    """
    A merged row that is nowhere in Spotler, nor anybody by its address, says nothing.
    """
    del marketing.people[ExternalId(SHARER.id)]
    marketing.nameless = [{"email": f"{MERGED.id}@example.nl"}]
    merge(shared)

    assert await shared.sync(a_change(MERGED)) == [Outcome.MERGED]
    assert marketing.permissions[ExternalId(MASTER.id)] == BOTH


@pytest.fixture
async def owned(shared: World, marketing: Breaking) -> World:
    """Return a world in which the merged row has the place, and its master refuses something."""
    await shared.sync(a_change(MERGED, forced=True))
    marketing.permissions = {
        ExternalId(MASTER.id): dict(STRICT),
        ExternalId(MERGED.id): dict(BOTH),
    }
    merge(shared)

    return shared


async def test_sharer_of_a_place_is_sent_before_it_is_narrowed(
    owned: World, marketing: Breaking
) -> None:
    """
    Who is alive and shares the place of a merged row takes it first, with what was said there.
    """
    outcomes = await owned.sync(a_change(MERGED))
    before = dict(marketing.permissions[ExternalId(MERGED.id)])
    await owned.settle()

    assert (outcomes, before) == ([Outcome.RETRIED], BOTH)
    assert marketing.permissions[ExternalId(SHARER.id)] == BOTH
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT
    assert owned.state(MERGED).reason == Reason.MERGED


async def test_place_of_the_master_to_come_is_narrowed(owned: World, marketing: Breaking) -> None:
    """
    A master that gets the address shares the place with all who have it: its No wins there.
    """
    row = owned.crm.rows[MASTER]
    columns = {**row.columns, "emailaddress1": f"{MERGED.id}@example.nl"}
    owned.crm.put(replace(row, version=row.version + 1, columns=columns))

    await owned.sync(a_change(MERGED), a_change(MASTER))
    await owned.settle()

    there = {id_: marketing.permissions[id_] for id_ in marketing.people}
    assert STRICT in there.values()
    assert BOTH not in there.values()


async def test_place_of_unknown_sharers_is_not_narrowed(owned: World, marketing: Breaking) -> None:
    """
    While Spotler does not tell who shares the place of a merged row that waits.
    """
    marketing.untold = {ExternalId(SHARER.id)}

    assert await owned.sync(a_change(MERGED)) == [Outcome.RETRIED]
    assert marketing.permissions[ExternalId(MERGED.id)] == BOTH


async def test_slow_look_for_sharers_narrows_nothing(
    owned: World, marketing: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where it takes too long to find who shares a place, the merged row comes back.
    """
    monkeypatch.setattr(find_sharers, "LOOK_SECONDS", 0)
    monkeypatch.setattr(owned.crm, "list_by_address", _never)

    assert await owned.sync(a_change(MERGED)) == [Outcome.RETRIED]
    assert marketing.permissions[ExternalId(MERGED.id)] == BOTH


async def _never(*_: object) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("sharers", "others", "left"),
    [
        pytest.param(1, 0, {1: True, 2: True}, id="shared"),
        pytest.param(0, 0, {1: False, 2: False}, id="not shared"),
        pytest.param(1, 1, {1: False, 2: False}, id="with another"),
    ],
)
async def test_master_without_an_address_takes_nothing_of_a_sharer(
    owned: World, marketing: Breaking, sharers: int, others: int, left: Mapping[int, bool]
) -> None:
    """
    A master that was never anywhere takes nothing from who shares the place that it gets.

    Unless somebody else was merged into it: what that one refused may be known to nobody.
    """
    del owned.records.rows[MASTER], marketing.people[ExternalId(MASTER.id)]
    row = owned.crm.rows[MASTER]
    owned.crm.put(replace(row, version=2, columns={**row.columns, "emailaddress1": None}))
    await owned.sync(a_change(MASTER))
    columns = {**row.columns, "emailaddress1": f"{MERGED.id}@example.nl"}
    owned.crm.put(replace(row, version=3, columns=columns))
    if not sharers:
        del owned.crm.rows[SHARER]
    for number in range(others):
        owned.crm.put(a_person(a_contact_key(30 + number), masterid=MASTER.id))

    await owned.sync(a_change(MERGED))
    await owned.settle()

    address = columns["emailaddress1"]
    [place] = [id_ for id_, held in marketing.people.items() if held["email"] == address]
    assert marketing.permissions[place] == left
    assert owned.state(MERGED).reason == Reason.MERGED


async def test_lost_state_is_no_sharer(owned: World, marketing: Breaking) -> None:
    """
    A merged row of which we know nothing, and that has its place alone, waits for nobody.
    """
    del owned.records.rows[MERGED], owned.records.rows[SHARER], owned.crm.rows[SHARER]

    assert await owned.sync(a_change(MERGED)) == [Outcome.MERGED]
    assert marketing.permissions[ExternalId(MASTER.id)] == STRICT


async def test_lost_state_waits_for_nobody(owned: World, marketing: Breaking) -> None:
    """
    Nor does it where its master was never anywhere and gets its address.
    """
    del owned.records.rows[MERGED], owned.records.rows[SHARER], owned.crm.rows[SHARER]
    del marketing.people[ExternalId(MASTER.id)]
    row = owned.crm.rows[MASTER]
    columns = {**row.columns, "emailaddress1": f"{MERGED.id}@example.nl"}
    owned.crm.put(replace(row, version=3, columns=columns))
    state = SyncState(MASTER, status=SyncStatus.EXCLUDED, reason=Reason.NO_EMAIL)
    del owned.records.rows[MASTER]
    owned.records.write(replace(state, account=marketing.known_as))

    await owned.sync(a_change(MERGED))
    await owned.settle()

    assert owned.state(MERGED).reason == Reason.MERGED
    assert owned.parking.parked == {}
