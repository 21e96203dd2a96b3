"""Order, number, pace and size of the deliveries can be switched while events flow."""

from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.events.options import EventOptions, parse_options
from devstack.tests.dataverse.events_stage import (
    MEMBERS,
    Stage,
    creation,
    operation,
    stage,
)

BULKY = {"InputParameters", "ParentContext", "PostEntityImages", "PreEntityImages"}
EMPTY: dict[str, object] = {name: {} if name == "ParentContext" else [] for name in BULKY}


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


async def order_of(play: Stage, options: EventOptions) -> list[int]:
    """Tell of thirty creations and return the order in which they arrive."""
    play.pipeline.options = options
    play.receiver.received.clear()
    made = [creation(play.store) for _ in range(30)]
    ids = [one.row_id for one in made]

    return [ids.index(one["PrimaryEntityId"]) for one in await play.tell(*made)]


async def test_order_is_shuffled(play: Stage) -> None:
    """
    Events of one window arrive all, in an order that the seed decides.
    """
    play.register()

    first = await order_of(play, EventOptions(shuffle=0.05, seed=7, parallel=1))
    again = await order_of(play, EventOptions(shuffle=0.05, seed=7, parallel=1))
    other = await order_of(play, EventOptions(shuffle=0.05, seed=8, parallel=1))

    assert sorted(first) == list(range(30)) != first
    assert again == first != other


async def test_order_without_shuffling(play: Stage) -> None:
    """
    One after the other and unshuffled, events arrive as they happened.
    """
    play.register()

    assert await order_of(play, EventOptions(parallel=1)) == list(range(30))


async def test_always_twice(play: Stage) -> None:
    """
    A rate of one delivers everything twice, under the same job.
    """
    play.register()
    play.pipeline.options = EventOptions(duplicates=1.0)

    first, second = await play.tell(creation(play.store))

    assert first == second
    assert play.pipeline.history.duplicated == 1


async def test_sometimes_twice(play: Stage) -> None:
    """
    A rate below one doubles the same events whenever the seed is the same.
    """
    play.register()

    first = sorted(await order_of(play, EventOptions(duplicates=0.3, seed=1)))
    again = sorted(await order_of(play, EventOptions(duplicates=0.3, seed=1)))

    assert first == again
    assert 30 < len(first) < 60


async def test_delay_before_delivery(play: Stage) -> None:
    """
    A delay passes between the write and its delivery.
    """
    play.register()
    play.pipeline.options = EventOptions(delay=0.1)

    await play.tell(creation(play.store))

    [delivery] = play.pipeline.history.recent
    assert delivery.since_write >= 0.09


async def test_retry_as_new_job(play: Stage) -> None:
    """
    Whether the further attempt repeats the id of the job is a switch.
    """
    play.register()
    play.receiver.answers.append(503)
    play.pipeline.options = EventOptions(retry_same_operation=False, retry_delay=0)

    first, second = await play.tell(creation(play.store))

    assert first["OperationId"] != second["OperationId"]
    assert first["PrimaryEntityId"] == second["PrimaryEntityId"]


@pytest.mark.parametrize(
    ("truncation", "left"),
    [
        pytest.param("absent", {}, id="absent"),
        pytest.param("null", dict.fromkeys(BULKY), id="null"),
        pytest.param(
            "empty", {name: {} if name == "ParentContext" else [] for name in BULKY}, id="empty"
        ),
    ],
)
async def test_large_context_is_cut(play: Stage, truncation: str, left: dict[str, object]) -> None:
    """
    Above the limit the bulky members go, in one of three ways, and a header says so.
    """
    play.register()
    play.pipeline.options = EventOptions.from_json({"truncation": truncation})
    row_id = play.contact()

    [context] = await play.tell(operation("Update", row_id, target={"description": "x" * 140_000}))

    headers = play.receiver.received[0].headers
    assert headers["x-ms-dynamics-msg-size-exceeded"]
    assert {name: context[name] for name in BULKY & context.keys()} == left
    assert set(MEMBERS) - BULKY == context.keys() - BULKY
    assert context["PrimaryEntityId"] == row_id


async def test_context_below_limit_is_whole(play: Stage) -> None:
    """
    The limit counts the whole context; what just fits stays whole.
    """
    play.register()
    await play.tell(creation(play.store))
    size = len(play.receiver.received[0].raw)

    play.pipeline.options = EventOptions(size_limit=size)
    await play.tell(creation(play.store))
    play.pipeline.options = EventOptions(size_limit=size - 1)
    await play.tell(creation(play.store))

    whole, cut = (one.context for one in play.receiver.received[1:])
    assert whole.keys() >= BULKY
    assert not cut.keys() & BULKY


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"shuffel": 1}, id="unknown name"),
        pytest.param({"delay": "1"}, id="text for a number"),
        pytest.param({"legacy": 1}, id="number for a switch"),
        pytest.param({"parallel": True}, id="switch for a number"),
        pytest.param({"truncation": "gone"}, id="unknown variant"),
    ],
)
def test_wrong_options_are_refused(wanted: dict[str, object]) -> None:
    """
    Options that do not exist or have the wrong type are refused.
    """
    with pytest.raises(ValueError, match=next(iter(wanted))):
        EventOptions.from_json(wanted)


def test_options_from_text() -> None:
    """
    Options read from a command line keep the default of what is left out.
    """
    options = parse_options('{"delay": 1, "duplicates": 0.5, "truncation": "null"}')

    assert options == EventOptions(delay=1.0, duplicates=0.5, truncation="null")
