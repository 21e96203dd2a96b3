"""Who shares a contact with somebody who ends: of thousands a few questions tell."""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import pytest

from connector.application.find_sharers import ASKED_SIDE_BY_SIDE, LOOK_SECONDS, find_sharers
from connector.domain.contact import ExternalId, RecordKey, hash_address
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.errors import PermanentError
from connector.domain.looked_up import HeldPerson
from connector.domain.mapping_plan import plan_mappings
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from tests.builders import a_catalogue, a_contact_key, a_person
from tests.fakes import FakeCrm, FakeMarketing, FakeRecords

PLAN = plan_mappings(DEFAULT_MAPPINGS, a_catalogue())
ADDRESS = "info@example.nl"
MANY = 3_000
GONE = a_contact_key(1)
NAMESAKES = [a_contact_key(2 + number) for number in range(MANY)]

ANSWER_SECONDS, CONNECTIONS, PEOPLE_PER_SEARCH = 0.25, 8, 100
"""Are Spotler's usual latency, the connections to it, and the people of a page of its search."""


class Counting(FakeMarketing):
    """Counts the questions, and how long they take: those of a search come one after another."""

    def __init__(self) -> None:
        super().__init__(merges=True)
        self.shown = 0
        self.searches = 0
        self.hides_addresses = False

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        self.shown += 1

        return await super().find_person(external_id)

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        found = await super().find_by_address(address)
        self.searches += 1 + len(found) // PEOPLE_PER_SEARCH
        if self.hides_addresses:
            raise PermanentError("spotler must allow the search")

        return found

    @property
    def seconds(self) -> float:
        return (self.shown / CONNECTIONS + self.searches) * ANSWER_SECONDS


@dataclass(slots=True)
class World:
    """A row that is gone, and the living ones that have its address."""

    crm: FakeCrm
    marketing: Counting
    records: FakeRecords

    def has_place(self, *keys: RecordKey, address: str = ADDRESS) -> None:
        for key in keys:
            self.marketing.people[ExternalId(key.id)] = {"email": address}

    def is_sent(self, *keys: RecordKey, at: str = ADDRESS) -> None:
        for key in keys:
            id_ = ExternalId(key.id)
            state = SyncState(key, external_id=id_, status=SyncStatus.IN_SYNC)
            filled = frozenset({f"email=emailaddress1#{hash_address(id_, at)}"})
            self.records.rows.pop(key, None)
            self.records.write(replace(state, filled=filled))

    async def sharers(self) -> Collection[RecordKey] | None:
        shared = await find_sharers(
            {GONE: (ExternalId(GONE.id),)},
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            plan=PLAN,
            note=lambda _: None,
            gone=[GONE],
        )

        return shared.lost.get(GONE)


@pytest.fixture
def world() -> World:
    """Return a world in which all of them were sent with the address."""
    crm = FakeCrm(*(a_person(key, email=ADDRESS) for key in NAMESAKES))
    world = World(crm, Counting(), FakeRecords())
    world.has_place(GONE)
    world.is_sent(*NAMESAKES)

    return world


async def test_many_with_a_place_of_their_own_are_alone(world: World) -> None:
    """
    Where thousands share an address and not a contact, a deletion goes on in time.
    """
    world.has_place(*NAMESAKES)

    assert await world.sharers() is None
    assert world.marketing.shown <= 2 * ASKED_SIDE_BY_SIDE
    assert world.marketing.seconds < LOOK_SECONDS / 4


async def test_many_without_a_place_hold_up_at_once(world: World) -> None:
    """
    Where thousands share one contact, the first few tell so, and are named.
    """
    assert await world.sharers() == NAMESAKES[:ASKED_SIDE_BY_SIDE]
    assert (world.marketing.shown, world.marketing.searches) == (1 + ASKED_SIDE_BY_SIDE, 0)


async def test_one_of_many_is_found(world: World) -> None:
    """
    The one of thousands who lost their place is found.
    """
    lost = NAMESAKES[2_000]
    world.has_place(*(key for key in NAMESAKES if key != lost))

    assert await world.sharers() == [lost]
    assert world.marketing.seconds < LOOK_SECONDS / 4


async def test_one_of_many_who_moves_is_found_without_a_question(world: World) -> None:
    """
    Who was sent with another address last is going to take the place: their state tells.
    """
    world.has_place(*NAMESAKES)
    world.is_sent(NAMESAKES[2_000], at="other@example.nl")

    assert await world.sharers() == [NAMESAKES[2_000]]
    assert (world.marketing.shown, world.marketing.searches) == (1, 0)


async def test_many_whose_address_was_edited_are_asked_for(world: World) -> None:
    """
    Who stands in Spotler with another address has a place of their own.
    """
    few = NAMESAKES[:50]
    world.has_place(*NAMESAKES)
    world.has_place(*few, address="edited@example.nl")

    assert await world.sharers() is None
    assert world.marketing.shown == 1 + len(few)


@pytest.mark.parametrize("case", ["first", "last"])
async def test_one_in_doubt_holds_up(world: World, case: str) -> None:
    """
    Nobody is named for one whom Spotler does not show, and nobody is ended.
    """
    doubtful = NAMESAKES[0 if case == "first" else -1]
    world.has_place(*(key for key in NAMESAKES if key != doubtful))
    world.marketing.untold = {ExternalId(doubtful.id)}

    assert await world.sharers() == []


async def test_many_are_asked_for_where_no_search_is_allowed(world: World) -> None:
    """
    Where Spotler refuses the search, each is asked for.
    """
    world.has_place(*NAMESAKES)
    world.marketing.hides_addresses = True

    assert await world.sharers() is None
    assert world.marketing.shown == 1 + MANY


async def test_many_without_any_place_cost_no_question(world: World) -> None:
    """
    Who was never taken by Spotler, or is merged, holds up nobody and costs no question.
    """
    reasons = itertools.cycle([Reason.MERGED, "rejected:PROPERTY_INVALID"])
    world.records.rows = {
        key: replace(state, reason=next(reasons), filled=frozenset())
        for key, state in world.records.rows.items()
    }

    assert await world.sharers() is None
    assert (world.marketing.shown, world.marketing.searches) == (1, 0)


NEVER_SENT = SyncState(NAMESAKES[0], status=SyncStatus.EXCLUDED)


@pytest.mark.parametrize("reason", [Reason.NO_EMAIL, Reason.INVALID_EMAIL, Reason.DELETED, None])
async def test_who_has_the_address_only_now_is_found(world: World, reason: Reason | None) -> None:
    """
    Who was looked at without an address of use, and has this one now, is sent before.
    """
    world.has_place(*NAMESAKES[1:])
    world.records.rows[NAMESAKES[0]] = replace(NEVER_SENT, reason=reason)

    assert await world.sharers() == [NAMESAKES[0]]


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(replace(NEVER_SENT, reason="rejected:CONTACT_OPTOUT"), id="opted out"),
        pytest.param(replace(NEVER_SENT, reason=Reason.MERGED), id="merged"),
        pytest.param(replace(NEVER_SENT, successor=NAMESAKES[1].id), id="handed over"),
    ],
)
async def test_who_can_never_be_sent_holds_up_nobody(world: World, state: SyncState) -> None:
    """
    Who never was in Spotler, and is never sent as things are, is not waited for.
    """
    world.has_place(*NAMESAKES[1:])
    world.records.rows[NAMESAKES[0]] = state

    assert await world.sharers() is None


async def test_few_cost_no_search(world: World) -> None:
    """
    A family is asked for one by one.
    """
    world.has_place(*NAMESAKES[:3])
    world.crm.rows = {key: world.crm.rows[key] for key in NAMESAKES[:3]}

    assert await world.sharers() is None
    assert (world.marketing.shown, world.marketing.searches) == (4, 0)
