"""Tells the story with rich: what was done, what came of it, and how long that took."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiohttp import ClientError
from rich.console import Console
from rich.markup import escape

from devstack.stack import Stack, StackOptions
from devstack.stack.crm_user import CrmUser
from devstack.stack.population import TROUBLED
from devstack.stack.process import ROOT, PartFailedError
from devstack.stack.record_watch import RecordWatch
from devstack.stack.spotler_watch import NotThereError, SpotlerWatch
from devstack.story.chapters import CHAPTERS, Chapter, Scene, Told
from devstack.story.logs import fresh_folder
from devstack.story.signposts import show_addresses, show_first_steps

LOGS = ROOT / ".stack" / "logs"

LEADS_SHARE = 5
"""One lead for so many contacts."""

console = Console(highlight=False, soft_wrap=True)


async def tell(*, people: int, once: bool, first: bool = False) -> int:
    """Start the stack, tell the story, and stay up unless `once`; return an exit status.

    On the `first` day nobody has connected yet: there is no story, but all it takes to begin.
    """
    status = 1
    logs = fresh_folder(LOGS)
    try:
        began = time.perf_counter()
        async with (
            Stack(_options(people, logs, first=first)) as stack,
            asyncio.TaskGroup() as group,
        ):
            watching = group.create_task(stack.run_on())
            console.print(
                f"[bold]The stack is up[/] in {time.perf_counter() - began:.1f} s: "
                f"{_population(stack.options)} in Dynamics, none in Spotler yet.\n"
            )
            if first:
                status = 0
                show_first_steps(stack, console)
            else:
                status = await _tell_all(_scene(stack))
            show_addresses(stack, console, logs=logs.relative_to(ROOT))
            if once:
                watching.cancel()
            else:
                console.print("\nIt stays up until Ctrl-C.")
    except* PartFailedError as failed:
        status = 1
        for sentence in dict.fromkeys(map(str, _leaves(failed))):
            console.print(f"[red]✗ {escape(sentence)}[/]")

    return status


def _options(people: int, logs: Path, *, first: bool) -> StackOptions:
    if not first:
        return StackOptions(people=people, logs=logs)

    return StackOptions(
        people=people, leads=people // LEADS_SHARE, troubled=True, logs=logs, activate=False
    )


def _population(options: StackOptions) -> str:
    if not options.leads:
        return f"{options.people} people"

    contacts = options.people + (len(TROUBLED) if options.troubled else 0)

    return f"{contacts} contacts and {options.leads} leads"


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    """Return what went wrong, without the groups around it."""
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one


def _scene(stack: Stack) -> Scene:
    return Scene(
        stack,
        CrmUser(stack.http, stack.facts("dataverse")),
        SpotlerWatch(stack.http, stack.facts("spotler")),
        RecordWatch(stack.settings["TablesConnection"]),
    )


async def _tell_all(scene: Scene) -> int:
    """Tell chapter after chapter; a story that breaks off is not told to its end."""
    for title, chapter in CHAPTERS:
        if not await _tell_one(title, chapter, scene):
            return 1

    return 0


async def _tell_one(title: str, chapter: Chapter, scene: Scene) -> bool:
    told = Told()
    try:
        await chapter(scene, told)
    except (NotThereError, AssertionError, RuntimeError, ClientError) as exc:
        console.print(f"[red]✗[/] {title}: {escape(str(exc))}")
        return False

    console.print(
        f"[green]✓[/] {title:<36} [bold]{told.seconds * 1000:>7.0f} ms[/]  {told.sentence}"
    )

    return True
