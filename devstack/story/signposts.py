"""What is said at the end: where to look, and how to connect on the first day."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from devstack.stack import Stack
from devstack.stack.activation import TRIAL
from devstack.stack.population import REFUSED, UNREACHABLE
from devstack.stack.settings import FUNCTION_KEY, WEBHOOK_SECRET


def show_addresses(stack: Stack, console: Console, *, logs: Path) -> None:
    """Print where each part is found, and as whom to sign in."""
    console.print("\n[bold]Where to look[/]")
    for what, where in {
        "The connector's config page": f"{stack.config_page} (sign in as {_administrator(stack)})",
        "Dynamics, to edit people by hand": stack.facts("dataverse")["view"],
        "Spotler, to see who is there": stack.facts("spotler")["view"],
        "Spotler, to show and name fields": f"{stack.facts('spotler')['view']}fields",
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
        f"{_administrator(stack)}, paste the first three codes, save, and start the initial "
        f"syncs:\n  {stack.config_page}\n\n"
        f"Two contacts will not go through, and the page says why: {_name(UNREACHABLE)} has no "
        f"usable address, {_name(REFUSED)} is refused by Spotler.\n"
        "To map a field of your own, make it visible in Spotler first, and name it:\n"
        f"  {stack.facts('spotler')['view']}fields\n\n"
        "The codes are for demonstration only and open nothing else."
    )
    trial = stack.connection_values(TRIAL)["licence"]
    for what, code in {**stack.connection_values(), "trial": trial}.items():
        console.print(f"\n[bold]{_NAMES[what]}[/]\n{code}")


_NAMES = {
    "key": "Authentication key",
    "secret": "Authentication secret",
    "licence": "Licence code",
    "trial": "Licence code of a trial: changes are sent, initial syncs wait for the full one",
}


def _name(columns: Mapping[str, str]) -> str:
    return f"{columns['firstname']} {columns['lastname']}"


def _administrator(stack: Stack) -> str:
    return next(
        str(one["name"]) for one in stack.facts("identity")["users"] if one["role"] == "admin"
    )
