"""Start the whole local stack, show the main job on real traffic, and stay up."""

import argparse
import asyncio
import contextlib
import signal
import sys


def main() -> int:
    """Run until Ctrl-C, or with `--once` until the story is told."""
    _die_of_ctrl_c()
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the story, with its status")
    parser.add_argument("--people", type=int, default=500, help="how many people Dynamics holds")
    parser.add_argument(
        "--first", action="store_true", help="begin on the first day: nobody has connected yet"
    )
    arguments = parser.parse_args()

    status = asyncio.run(_run(people=arguments.people, once=arguments.once, first=arguments.first))
    _die_of_ctrl_c()

    return status


def _die_of_ctrl_c() -> None:
    """Be quiet where there are no parts to end: before the stack begins, and after its end."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def _run(*, people: int, once: bool, first: bool) -> int:
    from devstack.story.telling import tell  # noqa: PLC0415 - slow, and Ctrl-C must be quiet by then

    telling = asyncio.ensure_future(tell(people=people, once=once, first=first))

    def end() -> None:
        # Told a second time, it would leave off in the middle of ending the parts.
        if not telling.cancelling():
            telling.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, end)

    with contextlib.suppress(asyncio.CancelledError):
        return await telling

    return 0


if __name__ == "__main__":
    sys.exit(main())
