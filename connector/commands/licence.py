"""`licence`: make a signing key, issue a licence, look into one, verify one."""

from pathlib import Path

from connector.commands.answer import Commands
from connector.commands.arguments import to_day, to_organisation
from connector.commands.licence_actions import inspect, issue, keygen, verify
from connector.domain.licence import Edition


def add_to(commands: Commands) -> None:
    """Add the command and its four parts."""
    parser = commands.add_parser("licence", help="make keys, issue and check licences")
    parts = parser.add_subparsers(title="commands", required=True, metavar="command")
    _add_keygen(parts)
    _add_issue(parts)
    _add_inspect(parts)
    _add_verify(parts)


def _add_keygen(parts: Commands) -> None:
    parser = parts.add_parser("keygen", help="make a signing key, encrypted with a password")
    parser.add_argument("--out", required=True, type=Path, help="a new file for the private key")
    parser.add_argument("--password-file", type=Path, help="asked for when not given")
    parser.set_defaults(run=keygen)


def _add_issue(parts: Commands) -> None:
    parser = parts.add_parser("issue", help="sign a licence and print its code")
    parser.add_argument("--key", required=True, type=Path, help="the file of the private key")
    parser.add_argument("--password-file", type=Path, help="asked for when not given")
    parser.add_argument(
        "--organisation", required=True, type=to_organisation, help="the id of the environment"
    )
    parser.add_argument("--edition", required=True, type=Edition, choices=[*Edition])
    parser.add_argument("--customer", required=True, help="who it is for")
    parser.add_argument(
        "--valid-from", type=to_day, metavar="DATE", help="the first day (default: today)"
    )
    parser.add_argument(
        "--valid-until", required=True, type=to_day, metavar="DATE", help="the last day, 2027-12-31"
    )
    parser.set_defaults(run=issue)


def _add_inspect(parts: Commands) -> None:
    parser = parts.add_parser("inspect", help="show what a code says, without verifying it")
    parser.add_argument("file", help="a file with the code, or - for the input")
    parser.set_defaults(run=inspect)


def _add_verify(parts: Commands) -> None:
    parser = parts.add_parser("verify", help="verify a code and say what it allows today")
    parser.add_argument("file", help="a file with the code, or - for the input")
    parser.add_argument(
        "--organisation", required=True, type=to_organisation, help="the id of the environment"
    )
    parser.add_argument(
        "--local-stack", action="store_true", help="take demonstration licences too"
    )
    parser.set_defaults(run=verify)
