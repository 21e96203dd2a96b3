"""What every part of the local stack does alike: say that it is ready, and end cleanly."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from devstack.arguments import Formatter, Parser, port_number


class Part(Protocol):
    """A server of the local stack."""

    async def start(self) -> Mapping[str, object]:
        """Listen, and return the addresses and credentials that a client needs."""

    async def stop(self) -> None:
        """Finish what is in hand and free the port."""


def parser_for(part: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all parts share."""
    parser = Parser(
        prog=f"python -m devstack.{part}", description=description, formatter_class=Formatter
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=port_number, default=0, help="port to listen on; 0 picks a free one"
    )

    return parser


async def listen(
    app: web.Application, host: str, port: int, *, inflates: bool = True
) -> tuple[web.AppRunner, int]:
    """Serve an aiohttp application and return its runner and its real port.

    Who does not inflate hands on a compressed body as it came.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, auto_decompress=inflates)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except BaseException:
        await runner.cleanup()
        raise

    return runner, int(runner.addresses[0][1])


async def serve(part: Part) -> None:
    """Start a part, print one JSON line when it is ready, and stop on SIGTERM, SIGINT or SIGHUP."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)

    facts = await part.start()
    print(json.dumps(facts), flush=True)

    await stopped.wait()
    await part.stop()


def run(part: Part) -> None:
    """Serve a part until it is told to stop."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(part))
    except (OSError, OverflowError, UnicodeError) as exc:  # a port in use, no such host
        sys.exit(f"cannot listen: {exc}")

    sys.stdout.flush()
