"""What is said at the end: where to look, and how to connect on the first day."""

from pathlib import Path

from rich.console import Console

from devstack.stack import Stack
from devstack.stack.settings import FUNCTION_KEY, WEBHOOK_SECRET


def show_addresses(stack: Stack, console: Console, *, logs: Path) -> None:
    """Print where each part is found, and as whom to sign in."""
    console.print("\n[bold]Where to look[/]")
    for what, where in {
        "The connector's config page": f"{stack.config_page} (sign in as {_administrator(stack)})",
        "Dynamics, to edit people by hand": stack.facts("dataverse")["view"],
        "Spotler, to see who is there": stack.facts("spotler")["view"],
        "Service Bus, what waits": stack.facts("servicebus")["view"],
        "The connector's health": f"{stack.hosts[0].facts['url']}/api/health",
        "Its webhook": stack.webhook_url,
        "  x-functions-key": FUNCTION_KEY,
        "  x-connector-secret": WEBHOOK_SECRET,
        "Logs": logs,
    }.items():
        console.print(f"  {what:<34}{where}")


def show_first_steps(stack: Stack, console: Console) -> None:
    """Print the codes that an administrator fills in; each stands alone on a line, to be copied."""
    console.print(
        "[bold]Nobody has connected yet.[/] Open the config page, sign in as "
        f"{_administrator(stack)}, paste these three codes, save, and start the initial syncs:\n"
        f"  {stack.config_page}\n\n"
        "The codes are for demonstration only and open nothing else."
    )
    for what, code in stack.connection_values().items():
        console.print(f"\n[bold]{_NAMES[what]}[/]\n{code}")


_NAMES = {
    "key": "Authentication key",
    "secret": "Authentication secret",
    "licence": "Licence code",
}


def _administrator(stack: Stack) -> str:
    return next(
        str(one["name"]) for one in stack.facts("identity")["users"] if one["role"] == "admin"
    )
