"""Faults on demand and the limit to requests, in the vendor's shape."""

import aiohttp
import pytest

from devstack.faults import Fault
from devstack.spotler.throttle import Throttle
from devstack.tests.spotler.client import Caller, a_contact
from devstack.tests.spotler.conftest import Start


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, "BACKEND_EXCEPTION"),
        (503, "BACKEND_EXCEPTION"),
        (401, "NOT_AUTHORIZED"),
        (404, "RESOURCE_NOT_FOUND"),
    ],
)
async def test_status_on_demand(spotler: Caller, status: int, error: str) -> None:
    """
    A status that a test asks for comes in the vendor's error shape, and then no more.
    """
    fault = {"path": "/integrationservice/templist", "kind": "status", "status": status, "times": 1}
    await spotler.control("PUT", "/faults", [fault])

    struck = await spotler.get("/templist")
    free = await spotler.get("/templist")

    assert (struck.status, struck.error) == (status, error)
    assert set(struck.data) == {"errorType", "message"}
    assert free.status == 200


async def test_throttling_on_demand(spotler: Caller) -> None:
    """
    A 429 on demand carries Retry-After.
    """
    spotler.simulator.faults.set(Fault(status=429, retry_after=3))

    answer = await spotler.get("/templist")

    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")


async def test_dropped_after_the_work(spotler: Caller) -> None:
    """
    A connection that breaks after the work leaves the work done, and is counted as dropped.
    """
    spotler.simulator.faults.set(Fault(kind="reset_after", method="POST", times=1))

    with pytest.raises(aiohttp.ClientError):
        await spotler.post("/contact/list", {"contacts": [a_contact("c-1")]})

    assert (await spotler.get("/contact/c-1")).status == 200
    assert spotler.simulator.calls.as_json()["calls"] == {
        "POST /contact/list": {"dropped": 1},
        "GET /contact/{externalId}": {"200": 1},
    }


async def test_limit_answers_429(start: Start) -> None:
    """
    Above the rate the answer is 429 with whole seconds to wait.
    """
    spotler = await start(requests_per_second=2.0)

    statuses = [(await spotler.get("/templist")).status for _ in range(2)]
    beyond = await spotler.get("/templist")

    assert statuses == [200, 200]
    assert (beyond.status, beyond.headers["Retry-After"]) == (429, "1")
    assert set(beyond.data) == {"errorType", "message"}


async def test_limit_is_off_at_first(spotler: Caller) -> None:
    """
    Without a rate nobody waits.
    """
    answers = [await spotler.get("/templist") for _ in range(30)]

    assert {answer.status for answer in answers} == {200}


def test_bucket_refills() -> None:
    """
    The bucket holds one second's worth and fills at the rate.
    """
    now = [100.0]
    throttle = Throttle(lambda: now[0])
    rate = 0.5

    waits = [throttle.seconds_to_wait(rate) for _ in range(2)]
    now[0] += 2
    waits.append(throttle.seconds_to_wait(rate))
    now[0] += 100
    waits += [throttle.seconds_to_wait(rate) for _ in range(2)]

    assert waits == [0, 2, 0, 0, 2]


async def test_given_body_on_demand(spotler: Caller) -> None:
    """
    A fault can answer what somebody on the way would: any status, body and content type.
    """
    fault = {"status": 403, "body": "<h1>Blocked</h1>", "content_type": "text/html; charset=utf-8"}
    await spotler.control("PUT", "/faults", [fault])

    answer = await spotler.get("/templist")

    assert (answer.status, answer.text) == (403, "<h1>Blocked</h1>")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
