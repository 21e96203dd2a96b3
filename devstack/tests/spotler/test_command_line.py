"""The command line: every switch, the ready line, and a clean end."""

import argparse
import asyncio
import dataclasses
import json
import sys

import aiohttp
import pytest

from devstack.spotler.options import SpotlerOptions, add_arguments, as_json, changed, options_from
from devstack.spotler.server import DEMO, SpotlerSimulator
from devstack.tests.spotler.client import Caller


def parsed(*arguments: str) -> SpotlerOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    return options_from(parser.parse_args(arguments))


def test_no_flags_are_the_defaults() -> None:
    """
    The command line and the code have the same defaults.
    """
    assert parsed() == SpotlerOptions()


def test_every_switch_has_a_flag() -> None:
    """
    Each switch can be turned on the command line.
    """
    turned = parsed(
        "--auth-status=403",
        "--auth-body=html",
        "--timestamp-window=0",
        "--no-refuse-replay",
        "--contact-dates=iso",
        "--mailing-dates=seconds",
        "--date-properties=milliseconds",
        "--money-properties=number",
        "--accepted-dates=any",
        "--default-zone=UTC",
        "--window-end=inclusive",
        "--feed-order=descending",
        "--last-page=no-paging",
        "--no-own-writes-in-feed",
        "--campaign-mail-in-feeds",
        "--phone-grammar=lenient",
        "--string-limit=100",
        "--no-null-clears",
        "--no-empty-clears",
        "--unknown-bit=ignore",
        "--echo-values",
        "--whole-days",
        "--list-answers=none",
        "--empty-lists=null",
        "--byte-order-mark",
        "--raw-characters",
        "--no-purge-clears-permissions",
        "--permission-reads=set-only",
        "--needed-channel=sent",
        "--inactive-reads=unchanged",
        "--dedupe=email,externalId",
        "--require-content-type",
        "--no-require-accept",
        "--list-quota=5",
        "--list-call-limit=6",
        "--requests-per-second=7.5",
    )

    same = [
        field.name
        for field in dataclasses.fields(turned)
        if getattr(turned, field.name) == field.default
    ]
    assert same == []
    assert (turned.auth_status, turned.requests_per_second) == (403, 7.5)


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({"colour": 1}, "no switch colour"),
        ({"auth_status": 418}, "one of"),
        ({"string_limit": "many"}, "of type int"),
        ({"null_clears": 1}, "of type bool"),
    ],
)
def test_wrong_switch_is_refused(wanted: dict[str, object], complaint: str) -> None:
    """
    A switch that is not there, or cannot be turned that way, is named.
    """
    with pytest.raises(ValueError, match=complaint):
        changed(SpotlerOptions(), wanted)


async def test_switches_turn_at_run_time(spotler: Caller) -> None:
    """
    A switch that is turned while the simulator runs counts from the next call on.
    """
    turned = await spotler.control("PATCH", "/options", {"auth_status": 403})
    answer = await spotler.send("GET", spotler.url("/templist"))

    assert turned.data == as_json(SpotlerOptions(auth_status=403))
    assert answer.status == 403


def test_whole_number_is_a_rate() -> None:
    """
    A rate may be written without a decimal point.
    """
    assert changed(SpotlerOptions(), {"requests_per_second": 5}).requests_per_second == 5


async def test_process_is_ready_and_ends() -> None:
    """
    A process says in one line where it is and what opens it, and ends cleanly when told.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "devstack.spotler",
        "--port=0",
        "--key=our-key",
        "--secret=ourSecret",
        "--auth-status=403",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    facts = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as session:
        spotler = Caller(SpotlerSimulator(), facts, session)
        signed = await spotler.get("/templist")
        unsigned = await spotler.send("GET", spotler.url("/templist"))
    process.terminate()

    assert await process.wait() == 0
    assert facts == {
        "part": "spotler",
        "url": spotler.root,
        "base": f"{spotler.root}/integrationservice",
        "base_1_1_0": f"{spotler.root}/integrationservice-1.1.0",
        "consumer_key": "our-key",
        "consumer_secret": "ourSecret",
        "view": f"{spotler.root}/_devstack/",
        "faults": f"{spotler.root}/_devstack/faults",
    }
    assert (signed.status, unsigned.status) == (200, 403)


def test_demo_secret_is_alphanumeric() -> None:
    """
    The demonstration secret is the same encoded or not, as some clients do not encode it.
    """
    assert DEMO.key == "demo-consumer-key"
    assert DEMO.secret.isalnum()
