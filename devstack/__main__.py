"""Start the whole local stack, show the main job on real traffic, and stay up."""

import argparse
import asyncio
import signal
import sys

from devstack.story.telling import tell


def main() -> int:
    """Run until Ctrl-C, or with `--once` until the story is told."""
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the story, with its status")
    parser.add_argument("--people", type=int, default=500, help="how many people Dynamics holds")
    arguments = parser.parse_args()

    return asyncio.run(_run(people=arguments.people, once=arguments.once))


async def _run(*, people: int, once: bool) -> int:
    telling = asyncio.ensure_future(tell(people=people, once=once))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, telling.cancel)

    try:
        return await telling
    except asyncio.CancelledError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
