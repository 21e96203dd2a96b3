"""A signature is good at its time, at its address, and once."""

import time

import aiohttp
import pytest

from devstack.spotler import SpotlerSimulator
from devstack.spotler.signature import normal_url
from devstack.tests.spotler.client import JSON, Caller
from devstack.tests.spotler.conftest import Start
from devstack.tests.spotler.signing_stage import LIST, ask, joined, parts


@pytest.mark.parametrize(("window", "status"), [(300, 401), (900, 200), (0, 200)])
async def test_timestamp_window(start: Start, window: int, status: int) -> None:
    """
    A timestamp ten minutes old is good for who looks back far enough, or does not look.
    """
    spotler = await start(timestamp_window=window)
    old = str(int(time.time()) - 600)

    header = spotler.sign("GET", spotler.url(LIST), timestamp=old)["Authorization"]

    assert await ask(spotler, header) == status


@pytest.mark.parametrize(("refuse", "second"), [(True, 401), (False, 200)])
async def test_nonce_is_good_once(start: Start, refuse: bool, second: int) -> None:
    """
    A request that is sent again must be signed again.
    """
    spotler = await start(refuse_replay=refuse)
    header = spotler.sign("GET", spotler.url(LIST))["Authorization"]

    statuses = [await ask(spotler, header) for _ in range(2)]

    assert statuses == [200, second]


async def test_refused_signature_spends_nothing(spotler: Caller) -> None:
    """
    A forged request does not use up the nonce of an honest one.
    """
    items = parts(spotler.sign("GET", spotler.url(LIST))["Authorization"])

    forged = await ask(spotler, joined({**items, "oauth_signature": "AAAA"}))
    honest = await ask(spotler, joined(items))

    assert (forged, honest) == (401, 200)


async def test_old_nonces_are_forgotten(start: Start) -> None:
    """
    Nonces outside the window take no memory.
    """
    now = [1_800_000_000_000]
    spotler = await start(clock=lambda: now[0])
    for moment in (1_800_000_000, 1_800_001_000):
        now[0] = moment * 1000
        url = spotler.url(LIST)
        header = spotler.sign("GET", url, timestamp=str(moment))["Authorization"]
        assert await ask(spotler, header) == 200

    assert list(spotler.simulator.accounts.first.verifier._nonces) == [1_800_001_000]


async def test_public_url_is_verified() -> None:
    """
    A client signs the public address, wherever the simulator listens.
    """
    simulator = SpotlerSimulator(public_url="HTTPS://RestAPI.example.nl:443/")
    facts = await simulator.start()
    listening = str(facts["view"]).removesuffix("/_devstack/")
    async with aiohttp.ClientSession() as session:
        spotler = Caller(simulator, facts, session)
        headers = {**spotler.sign("GET", spotler.url(LIST)), "Accept": JSON}
        answer = await spotler.send("GET", f"{listening}/integrationservice{LIST}", headers=headers)
    await simulator.stop()

    assert facts["base"] == "https://restapi.example.nl/integrationservice"
    assert answer.status == 200


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://Host:80", "http://host"),
        ("http://host:8080/", "http://host:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://host/gate/", "https://host/gate"),
    ],
)
def test_public_url_is_normalised(url: str, normal: str) -> None:
    """
    Case and default port do not count, as RFC 5849 says.
    """
    assert normal_url(url) == normal
