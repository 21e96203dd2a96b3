"""The command line of the functions host."""

import argparse
import os
import sys
from pathlib import Path

from devstack.functions_host.console import show_logs
from devstack.functions_host.errors import HostError
from devstack.functions_host.host import FunctionsHost
from devstack.functions_host.options import HostOptions
from devstack.serving import parser_for, run

_DESCRIPTION = """
Hosts the function app in a folder: HTTP functions, timers, and queue functions on any Service Bus.
Prints one JSON line when everything listens: part, url, functions (name, type, route, key),
function_key, master_key, pid. Ends within 10 s of SIGTERM, after finishing what runs.
The settings AzureWebJobs.<function>.Disabled switch functions off.
With the master key in x-functions-key: POST /admin/functions/{name} with {"input": "..."} runs a
timer or queue function by hand, GET /admin/host/status says how the host is. It has no faults to
switch: end or kill it to see what becomes of its work.
"""


def _parser() -> argparse.ArgumentParser:
    parser = parser_for("functions_host", _DESCRIPTION)
    add = parser.add_argument
    add("--root", type=Path, required=True, help="folder with function_app.py and host.json")
    add(
        "--settings",
        type=Path,
        help="file in the format of local.settings.json; the environment overrules its Values",
    )
    _add_keys(parser)
    add("--no-timers", action="store_true", help="run timers by hand only, through /admin")
    add(
        "--timer-status",
        type=Path,
        help="file that remembers when timers ran, so that a restart makes up for a missed run",
    )
    add("--verbose", action="store_true", help="show tracebacks and SDK logs")

    return parser


def _add_keys(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--function-key",
        default=os.environ.get("FUNCTIONS_HOST_FUNCTION_KEY"),
        help="key for all functions of level 'function', or FUNCTIONS_HOST_FUNCTION_KEY;"
        " made up when absent",
    )
    add(
        "--master-key",
        default=os.environ.get("FUNCTIONS_HOST_MASTER_KEY"),
        help="key for everything and for /admin, or FUNCTIONS_HOST_MASTER_KEY; made up when absent",
    )
    add(
        "--key",
        action="append",
        default=[],
        type=_name_and_key,
        metavar="FUNCTION=KEY",
        help="key of one function; may be given several times",
    )
    add("--no-auth", action="store_true", help="check no keys")


def _name_and_key(text: str) -> tuple[str, str]:
    name, _, key = text.partition("=")
    if not name or not key:
        raise argparse.ArgumentTypeError(f"'{text}' must be FUNCTION=KEY")

    return name, key


def main() -> int:
    """Host an app until told to stop."""
    given = _parser().parse_args()
    show_logs(verbose=given.verbose)
    try:
        host = FunctionsHost(
            HostOptions(
                root=given.root,
                host=given.host,
                port=given.port,
                settings=given.settings,
                function_key=given.function_key,
                master_key=given.master_key,
                keys=dict(given.key),
                auth=not given.no_auth,
                timers=not given.no_timers,
                timer_status=given.timer_status,
            )
        )
        run(host)
    except HostError as error:
        print(f"the host cannot start: {error}", file=sys.stderr)
        return 1

    if host.overdue:
        # A function in a thread that will not end must not keep the process.
        os._exit(0)

    return 0


if __name__ == "__main__":
    sys.exit(main())
