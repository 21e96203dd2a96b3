"""When changes came and went is noted in a while, and holds up nobody."""

import asyncio
from datetime import timedelta

import pytest

from connector.application.activity_keeping import ActivityKeeping
from connector.domain.activity import Activity
from connector.domain.errors import System, TransientError
from connector.domain.failure import Failure
from tests.builders import NOW
from tests.checks import FakeStatus

LATER = NOW + timedelta(seconds=1)


@pytest.fixture
def store() -> FakeStatus:
    return FakeStatus()


def keeping_of(store: FakeStatus, pause_seconds: float = 60) -> ActivityKeeping:
    return ActivityKeeping(store, lambda: 0.0, pause_seconds=pause_seconds)


async def test_first_is_written_at_once(store: FakeStatus) -> None:
    """
    The first change after a pause is written without waiting, and once.
    """
    keeping = keeping_of(store)

    keeping.note(Activity(NOW, NOW))
    keeping.note(Activity(NOW, NOW))
    await keeping.close()
    keeping.note(Activity(NOW, NOW))
    await keeping.close()

    assert store.stored.activity == Activity(NOW, NOW)
    assert store.writes == 1


async def test_burst_is_written_seldom(store: FakeStatus) -> None:
    """
    However many changes come, they are written together after a pause; the end does not wait.
    """
    keeping = keeping_of(store)
    keeping.note(Activity(NOW, None))
    await store.wrote.get()

    for number in range(50):
        keeping.note(Activity(NOW + timedelta(seconds=number), LATER))
        await asyncio.sleep(0)
    before = store.writes
    await keeping.close()

    assert (before, store.writes) == (1, 2)
    assert store.stored.activity == Activity(NOW + timedelta(seconds=49), LATER)


async def test_pause_ends_by_itself(store: FakeStatus) -> None:
    """
    What waits is written when the pause is over.
    """
    keeping = keeping_of(store, pause_seconds=0.01)
    keeping.note(Activity(NOW, None))
    await store.wrote.get()
    keeping.note(Activity(NOW, LATER))
    async with asyncio.timeout(10):
        await store.wrote.get()

    assert store.stored.activity == Activity(NOW, LATER)
    await keeping.close()


async def test_others_know_later_ones(store: FakeStatus) -> None:
    """
    The latest of all processes stands, also when another writes at the same time.
    """
    store.rivals.append(lambda: store.put_activity(Activity(LATER, None)))
    keeping = keeping_of(store)

    keeping.note(Activity(NOW, NOW))
    await keeping.close()

    assert store.stored.activity == Activity(LATER, NOW)


async def test_nothing_new_is_not_written(store: FakeStatus) -> None:
    """
    What others have noted better needs no writing.
    """
    store.put_activity(Activity(LATER, LATER))
    keeping = keeping_of(store)

    keeping.note(Activity(NOW, NOW))
    await keeping.close()

    assert store.writes == 0


async def test_overtaken_again_and_again(store: FakeStatus) -> None:
    """
    Who loses every race writes later: what the others noted may not be what happened here.
    """
    store.rivals += [lambda: store.put_activity(Activity())] * 3
    keeping = keeping_of(store, pause_seconds=0)

    keeping.note(Activity(NOW, NOW))
    async with asyncio.timeout(10):
        await store.wrote.get()

    assert store.stored.activity == Activity(NOW, NOW)
    await keeping.close()


async def test_flood_of_refusals_is_one_write(store: FakeStatus) -> None:
    """
    However many calls are refused, one a minute is noted.
    """
    keeping = keeping_of(store, pause_seconds=0)

    for number in range(60):
        keeping.note_refusal("tag", NOW + timedelta(seconds=number))
        await asyncio.sleep(0)
    await keeping.close()
    before = store.writes, store.stored.activity.refused_at
    minute = NOW + timedelta(seconds=60)
    keeping.note_refusal("tag", minute)
    keeping.note_refusal("another", minute)
    await keeping.close()

    assert before == (1, NOW)
    assert store.stored.activity == Activity(
        refused_at=minute, refused_with={"tag": minute, "another": minute}
    )


async def test_failure_is_logged(store: FakeStatus, caplog: pytest.LogCaptureFixture) -> None:
    """
    Tables that are away are no matter of the batch; once they are back it is written by itself.
    """
    store.errors.append(TransientError("away"))
    keeping = keeping_of(store, pause_seconds=0.001)

    keeping.note(Activity(lost_at=NOW))
    async with asyncio.timeout(10):
        await store.wrote.get()

    assert "is not noted" in caplog.text
    assert store.stored.activity == Activity(lost_at=NOW)
    await keeping.close()


async def test_nothing_noted_is_nothing_to_close(store: FakeStatus) -> None:
    """
    A process in which nothing happened ends at once.
    """
    await keeping_of(store).close()

    assert store.writes == 0


async def test_sends_that_fail_are_noted(store: FakeStatus) -> None:
    """
    A send that fails is noted, and the first that succeeds afterwards; before that none is.
    """
    keeping = keeping_of(store, pause_seconds=0)

    keeping.note_send(failure=None, now=NOW)
    before = keeping.noted
    keeping.note_send(failure=TimeoutError(), now=NOW)
    keeping.note_send(failure=TimeoutError(), now=LATER)
    failing = keeping.noted.unqueued
    keeping.note_send(failure=None, now=LATER + timedelta(seconds=1))
    keeping.note_send(failure=None, now=LATER + timedelta(seconds=2))
    await keeping.close()

    assert before == Activity()
    assert failing == Failure(since=NOW, at=LATER)
    assert store.stored.activity == Activity(queued_at=LATER + timedelta(seconds=1))


async def test_flood_of_losses_is_one_write(store: FakeStatus) -> None:
    """
    However many changes are lost, one a minute is noted.
    """
    keeping = keeping_of(store, pause_seconds=0)

    for seconds in (0, 59):
        keeping.note_loss(NOW + timedelta(seconds=seconds))
    await keeping.close()
    first = store.stored.activity.lost_at
    keeping.note_loss(NOW + timedelta(seconds=60))
    await keeping.close()

    assert first == NOW
    assert store.stored.activity.lost_at == NOW + timedelta(seconds=60)


async def test_unwritten_is_known_all_the_same(store: FakeStatus) -> None:
    """
    What the tables do not take is known to this process.
    """
    store.errors += [TransientError("away")] * 2
    keeping = keeping_of(store)

    keeping.note(Activity(taken_at=NOW))
    await keeping.close()

    assert store.stored.activity == Activity()
    assert keeping.noted == Activity(taken_at=NOW)


async def test_end_of_a_failure_is_written_at_once(store: FakeStatus) -> None:
    """
    That all goes well again waits for no pause.
    """
    keeping = keeping_of(store)
    keeping.note(Activity(failures={None: Failure(since=NOW, at=NOW)}))
    await store.wrote.get()

    keeping.note(Activity(worked={None: LATER}))
    async with asyncio.timeout(10):
        await store.wrote.get()

    assert store.stored.activity == Activity(worked={None: LATER})
    await keeping.close()


async def test_calls_are_seen_by_who_watches(store: FakeStatus) -> None:
    """
    Which parts answer is told to each batch that is under way, and noted by itself nowhere.
    """
    keeping = keeping_of(store)

    keeping.note_call(System.LEADS)
    with keeping.watch() as outer:
        keeping.note_call(System.CONTACTS)
        with keeping.watch() as inner:
            keeping.note_call(System.CONTACTS)
            keeping.note_call(System.SPOTLER_SEARCH)
        keeping.note_call(System.SPOTLER_LISTS)

    assert inner == {System.CONTACTS, System.SPOTLER_SEARCH}
    assert outer == {System.CONTACTS, System.SPOTLER_SEARCH, System.SPOTLER_LISTS}
    assert keeping.noted == Activity()


async def test_loop_that_ends_loses_nothing(store: FakeStatus) -> None:
    """
    Where the end of the loop has cancelled the task what waits is written all the same.
    """
    keeping = keeping_of(store)
    keeping.note(Activity(NOW, None))
    await store.wrote.get()
    keeping.note(Activity(LATER, None))
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

    await keeping.close()

    assert store.stored.activity == Activity(LATER, None)


async def test_first_loss_is_written_at_once(store: FakeStatus) -> None:
    """
    Whoever puts right why changes are lost ends the process: the first of a while waits for none.
    """
    keeping = keeping_of(store)
    keeping.note(Activity(NOW, None))
    await store.wrote.get()

    keeping.note_unserved("tag", NOW)
    keeping.note_unserved("tag", LATER)
    async with asyncio.timeout(10):
        await store.wrote.get()
    keeping.note_unserved("another", LATER)
    await asyncio.sleep(0)

    assert store.stored.activity == Activity(NOW, None, refused_with={"tag": NOW})
    await keeping.close()
