"""Key, secret and licence lie in two tables: a save that fails leaves what was there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from connector.application.connect import Wanted
from connector.domain.connection import (
    ConnectionChangedError,
    Credentials,
    PartlySavedError,
    Secret,
    StoredConnection,
)
from connector.domain.errors import TransientError
from connector.domain.licence_status import StoredLicence
from connector.domain.property import Catalogue
from tests.builders import NOW
from tests.connections import ADMIN, KEY, SECRET, FakeProbe
from tests.licences import DAY, a_licence
from tests.troubles import Trouble
from tests.unit.application.connecting_world import World

OTHER = Credentials("other-key-cd34", Secret("another-secret"))
BOTH = Wanted(OTHER.key, OTHER.secret, "new")
COLLEAGUE = "9d7f3f1e-0000-4000-8000-000000000002"
NONE, REFUSED, BLIND, LOST, REPEATED = Trouble


@pytest.fixture
def world() -> World:
    """Return an office that is connected, and a licence that may be entered."""
    made = World()
    made.office.connect()
    made.licensing.put(a_licence())
    made.licensing.offer("new", a_licence(left=200 * DAY))

    return made


def rows(world: World) -> tuple[StoredConnection | None, str | None]:
    """Return the row of the key, and the code of the licence."""
    licence = world.licensing.licences.row

    return world.office.store.row, licence.code if licence else None


def a_row_of_a_colleague(world: World) -> StoredConnection:
    row = world.office.store.row
    assert row is not None

    return replace(row, key="key-of-colleague", saved_by=COLLEAGUE)


def of_licence(world: World, *troubles: Trouble) -> None:
    world.licensing.licences.troubles.ahead = [*troubles]


def of_key(world: World, *troubles: Trouble) -> None:
    world.office.store.troubles.ahead = [*troubles]


@pytest.mark.parametrize(
    ("licence", "key"),
    [
        pytest.param([REFUSED], [], id="the licence is refused"),
        pytest.param([], [REFUSED], id="the key is refused"),
        pytest.param([LOST], [REFUSED], id="after a licence without an answer"),
        pytest.param([REPEATED], [REFUSED], id="after a licence that was written twice"),
        pytest.param([NONE, LOST], [REFUSED], id="taken back without an answer"),
        pytest.param([NONE, REPEATED], [REFUSED], id="taken back twice"),
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
async def test_failed_save_leaves_what_was_there(
    world: World, licence: list[Trouble], key: list[Trouble], *, is_first: bool
) -> None:
    """
    Where one of the two cannot be written, neither another account is connected nor a licence in.
    """
    if is_first:
        world.licensing.put(None)
    before = rows(world)
    of_licence(world, *licence)
    of_key(world, *key)

    with pytest.raises(TransientError, match="table storage"):
        await world.save(BOTH)

    assert rows(world) == before
    assert await world.office.credentials.get() == Credentials(KEY, SECRET)
    assert (await world.licensing.keeping.status()).days_left == (None if is_first else 100)


@pytest.mark.parametrize("trouble", [LOST, REPEATED])
@pytest.mark.parametrize("of", [of_licence, of_key])
async def test_written_without_an_answer_is_saved(
    world: World, of: Callable[..., None], trouble: Trouble
) -> None:
    """
    A write of which the answer is lost, or that was made twice, is a write.
    """
    of(world, trouble)

    saved = await world.save(BOTH)

    row, code = rows(world)
    assert (saved.is_same(row), code) == (True, "new")
    assert await world.office.credentials.get() == OTHER


@pytest.mark.parametrize(
    ("licence", "key", "saved", "unsure"),
    [
        pytest.param([BLIND], [], [], ["licence"], id="no table answers after the first write"),
        pytest.param([NONE, REFUSED], [REFUSED], ["licence"], [], id="not taken back"),
        pytest.param([NONE, BLIND], [REFUSED], [], ["licence"], id="perhaps taken back"),
        pytest.param([], [BLIND], ["licence"], ["connection"], id="perhaps switched"),
    ],
)
async def test_what_is_saved_all_the_same_is_told(
    world: World, licence: list[Trouble], key: list[Trouble], saved: list[str], unsure: list[str]
) -> None:
    """
    Where the tables allow neither the one nor the other, the error names what they hold.
    """
    of_licence(world, *licence)
    of_key(world, *key)

    with pytest.raises(PartlySavedError, match="look at what is there, and save again") as caught:
        await world.save(BOTH)

    assert ([*caught.value.saved], [*caught.value.unsure]) == (saved, unsure)
    row, code = rows(world)
    assert row is not None
    assert row.key == KEY
    assert "licence" in unsure or (code == "new") is ("licence" in saved)


async def test_key_alone_may_be_unsure(world: World) -> None:
    """
    Of a save without a licence nothing is said of one.
    """
    of_key(world, BLIND)

    with pytest.raises(PartlySavedError) as caught:
        await world.save(Wanted(OTHER.key, OTHER.secret))

    assert ([*caught.value.saved], [*caught.value.unsure]) == ([], ["connection"])


async def test_save_overtaken_by_the_checks_writes_nothing(world: World) -> None:
    """
    Who was overtaken while the checks ran touches no licence.
    """
    colleague = a_row_of_a_colleague(world)

    class SlowProbe(FakeProbe):
        async def read_catalogue(self, credentials: Credentials) -> Catalogue:
            world.office.store.put(colleague)
            return await super().read_catalogue(credentials)

    world.connecting.probe = SlowProbe()

    with pytest.raises(ConnectionChangedError):
        await world.save(BOTH)

    after, code = rows(world)
    assert (colleague.is_same(after), code) == (True, "stored")
    assert world.licensing.licences.writes == 0


async def test_save_overtaken_between_the_writes(world: World) -> None:
    """
    Who was overtaken after the licence was in takes it back.
    """
    colleague = a_row_of_a_colleague(world)
    world.office.store.rivals.append(colleague)

    with pytest.raises(ConnectionChangedError):
        await world.save(BOTH)

    after, code = rows(world)
    assert (colleague.is_same(after), code) == (True, "stored")


@pytest.mark.parametrize("wanted", [BOTH, Wanted(licence="new")], ids=["both", "licence alone"])
async def test_licence_entered_meanwhile_is_not_overwritten(world: World, wanted: Wanted) -> None:
    """
    Who did not see the licence that a colleague entered while the checks ran is told so.
    """
    before, _ = rows(world)

    class SlowProbe(FakeProbe):
        async def read_catalogue(self, credentials: Credentials) -> Catalogue:
            world.licensing.licences.row = StoredLicence("of-a-colleague", NOW, NOW, "etag-9")
            return await super().read_catalogue(credentials)

    world.licensing.offer("of-a-colleague", a_licence())
    world.connecting.probe = SlowProbe()

    with pytest.raises(ConnectionChangedError):
        await world.save(wanted)

    assert rows(world) == (before, "of-a-colleague")


async def test_licence_of_a_colleague_stays(world: World) -> None:
    """
    What somebody else entered since is not taken back.
    """
    entered = StoredLicence("of-a-colleague", NOW, NOW)
    world.licensing.offer("of-a-colleague", a_licence())
    await world.licensing.keeping.save("new")
    world.licensing.licences.row = replace(entered, etag="etag-9")

    await world.licensing.keeping.take_back("new", None)

    assert rows(world)[1] == "of-a-colleague"


async def test_restless_licence_is_not_taken_back(world: World) -> None:
    """
    A licence that others touch again and again stays in, and the error says so.
    """
    before = world.licensing.licences.row
    await world.licensing.keeping.save("new")
    world.licensing.licences.rivals = 5

    with pytest.raises(TransientError, match="several people"):
        await world.licensing.keeping.take_back("new", before)

    assert rows(world)[1] == "new"


async def test_same_licence_again_is_not_taken_back(world: World) -> None:
    """
    A licence that was there before the save is there after it failed.
    """
    of_key(world, REFUSED)

    with pytest.raises(TransientError):
        await world.save(Wanted(OTHER.key, OTHER.secret, "stored"))

    assert rows(world)[1] == "stored"


async def test_clock_is_not_taken_back(world: World) -> None:
    """
    The latest clock that was seen outlives a licence that is taken back.
    """
    world.licensing.now = NOW + 2 * DAY
    of_key(world, REFUSED)

    with pytest.raises(TransientError):
        await world.save(BOTH)

    row = world.licensing.licences.row
    assert row is not None
    assert (row.code, row.first_seen, row.highest_clock) == ("stored", NOW, NOW + 2 * DAY)


async def test_licence_alone_moves_nothing_of_the_key(world: World) -> None:
    """
    Who enters a licence alone has not saved the key, and can overtake nobody who does.
    """
    before, _ = rows(world)
    world.licensing.now = NOW + DAY
    world.office.store.troubles.ahead = [REFUSED]

    saved = await world.connecting.save(Wanted(licence="new"), saved_by=COLLEAGUE)

    assert rows(world) == (before, "new")
    assert (saved.saved_at, saved.saved_by) == (NOW, ADMIN)
