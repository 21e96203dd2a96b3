import asyncio

from benchmarks.timing import at_rate, one_by_one, per_second


async def test_slow_call_holds_nobody_up() -> None:
    """
    At a rate, a call begins when it is due although the one before it is not answered.
    """
    begun: list[int] = []
    all_begun = asyncio.Event()

    async def call(number: int) -> None:
        begun.append(number)
        if number == 2:
            all_begun.set()
        await all_begun.wait()

    seconds = await at_rate([0, 1, 2], 100, call)

    assert begun == [0, 1, 2]
    assert seconds[0] > seconds[1] > seconds[2]


async def test_one_by_one_waits() -> None:
    """
    One by one, a call begins when the last has ended.
    """
    told: list[str] = []

    async def call(name: str) -> None:
        told.append(f"{name} begins")
        await asyncio.sleep(0)
        told.append(f"{name} ends")

    seconds = await one_by_one(["a", "b"], call)

    assert told == ["a begins", "a ends", "b begins", "b ends"]
    assert len(seconds) == 2


async def test_some_at_once() -> None:
    """
    A rate is measured with exactly so many calls under way, each item called once.
    """
    called: list[int] = []
    under_way = most = 0

    async def call(number: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        called.append(number)

    rate = await per_second(range(10), call, at_once=3)

    assert sorted(called) == [*range(10)]
    assert most == 3
    assert rate > 0
