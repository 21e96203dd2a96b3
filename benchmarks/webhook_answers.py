"""How soon a webhook is answered while 50 of them come in every second.

Each tells of another person, whom Spotler does not know yet, so that the workers behind the queue
are busy meanwhile.
"""

from collections.abc import Sequence

from aiohttp import ClientSession, TCPConnector

from benchmarks.figures import Benchmark, Figure, Group, Raw, durations
from benchmarks.raw.queue import sends_per_second
from benchmarks.raw.running import EMPTY_APP, running
from benchmarks.stage import staged
from benchmarks.timing import at_rate, one_by_one
from benchmarks.webhook_body import capture_body
from devstack.stack.settings import FUNCTION_KEY, WEBHOOK_SECRET

PER_SECOND = 50
WARM_UP = PER_SECOND
SECONDS, QUICK_SECONDS = 20, 2
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "x-functions-key": FUNCTION_KEY,
    "x-connector-secret": WEBHOOK_SECRET,
}


async def measure(*, quick: bool) -> list[Group]:
    """Post to the connector, then the same to an empty function and to a bare handler."""
    count = PER_SECOND * (QUICK_SECONDS if quick else SECONDS)
    about = await capture_body()
    async with staged(count + WARM_UP) as stage:
        bodies = [about(person) for person in stage.people]
        first, answers = await _answers(stage.stack.webhook_url, bodies)
        await stage.stack.settle()

    async with running("devstack.functions_host", "--root", str(EMPTY_APP)) as host:
        _, empty = await _answers(f"{host['url']}/api/empty", bodies)
    async with running("benchmarks.raw.bare_handler") as handler:
        _, bare = await _answers(handler["url"], bodies)

    sends = Raw("sends to the queue, one by one", await sends_per_second(count))
    title = f"Webhooks of {len(bodies[0]):,} bytes, {PER_SECOND} a second, {len(answers)} of them"

    return [
        Group(
            title,
            [
                *durations(answers, below={50: 25}, raw=("a bare aiohttp handler", bare)),
                Figure("the first after the start", first * 1000, "ms"),
                Figure("accepted", PER_SECOND, "/s", raw=sends),
            ],
        ),
        Group(
            "The same webhooks to an empty function on the same host",
            durations(empty, raw=("a bare aiohttp handler", bare)),
        ),
    ]


async def _answers(url: str, bodies: Sequence[bytes]) -> tuple[float, list[float]]:
    """Return the seconds of the very first request, and of those after the warm-up."""
    async with ClientSession(connector=TCPConnector(limit=0), headers=HEADERS) as http:

        async def post(body: bytes) -> None:
            async with http.post(url, data=body) as answer:
                answer.raise_for_status()
                await answer.read()

        [first] = await one_by_one(bodies[:1], post)
        await at_rate(bodies[1:WARM_UP], PER_SECOND, post)

        return first, await at_rate(bodies[WARM_UP:], PER_SECOND, post)


BENCHMARK = Benchmark(
    "webhook-answers", f"how soon a webhook is answered at {PER_SECOND} a second", measure
)
