"""`licence`: make a signing key, issue a licence, look into one, verify one."""

import argparse
import uuid
from datetime import date, datetime
from pathlib import Path
from typing import Final

from connector.adapters.licence.issuer import SigningKey, is_encrypted
from connector.adapters.licence.keys import KEYS
from connector.adapters.licence.verifier import JwsLicenceVerifier, read_header, read_unverified
from connector.commands.answer import Answer, Commands
from connector.commands.files import (
    ask_password,
    check_password,
    read_bytes,
    read_text,
    write_secret,
)
from connector.domain.contact import OrganisationId
from connector.domain.licence import (
    ZONE,
    Edition,
    Licence,
    to_code,
    to_first_moment,
    to_last_moment,
)
from connector.domain.licence_status import LicenceStatus, judge

YEARS: Final = range(2020, 2200)
"""Beyond these lies a slip of the keyboard."""


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
    parser.set_defaults(run=_keygen)


def _add_issue(parts: Commands) -> None:
    parser = parts.add_parser("issue", help="sign a licence and print its code")
    parser.add_argument("--key", required=True, type=Path, help="the file of the private key")
    parser.add_argument("--password-file", type=Path, help="asked for when not given")
    parser.add_argument(
        "--organisation", required=True, type=_organisation, help="the id of the environment"
    )
    parser.add_argument("--edition", required=True, type=Edition, choices=[*Edition])
    parser.add_argument("--customer", required=True, help="who it is for")
    parser.add_argument(
        "--valid-from", type=_day, metavar="DATE", help="the first day (default: today)"
    )
    parser.add_argument(
        "--valid-until", required=True, type=_day, metavar="DATE", help="the last day, 2027-12-31"
    )
    parser.set_defaults(run=_issue)


def _add_inspect(parts: Commands) -> None:
    parser = parts.add_parser("inspect", help="show what a code says, without verifying it")
    parser.add_argument("file", help="a file with the code, or - for the input")
    parser.set_defaults(run=_inspect)


def _add_verify(parts: Commands) -> None:
    parser = parts.add_parser("verify", help="verify a code and say what it allows today")
    parser.add_argument("file", help="a file with the code, or - for the input")
    parser.add_argument(
        "--organisation", required=True, type=_organisation, help="the id of the environment"
    )
    parser.add_argument(
        "--local-stack", action="store_true", help="take demonstration licences too"
    )
    parser.set_defaults(run=_verify)


def _keygen(asked: argparse.Namespace, _: datetime) -> Answer:
    password = check_password(ask_password(asked.password_file, twice=True))
    key = SigningKey.generate()
    write_secret(asked.out, key.to_pem(password))

    return Answer(
        f"kid: {key.kid}\n{key.public_pem}",
        remark=f"the private key is in {asked.out}, encrypted; its password stands nowhere\n"
        "add the kid and the public key to connector/adapters/licence/keys.py, "
        "a release before the first licence\n",
    )


def _issue(asked: argparse.Namespace, now: datetime) -> Answer:
    pem = read_bytes(asked.key)
    password = ask_password(asked.password_file) if is_encrypted(pem) else None
    key = SigningKey.from_pem(pem, password)
    licence = Licence(
        id=str(uuid.uuid4()),
        organisation=asked.organisation,
        edition=asked.edition,
        customer=asked.customer,
        issued_at=now,
        valid_from=to_first_moment(asked.valid_from or now.astimezone(ZONE).date()),
        valid_until=to_last_moment(asked.valid_until),
    )
    code = key.issue(licence)
    warning = "" if key.kid in KEYS else "this release does not know the key yet\n"

    return Answer(f"{code}\n", remark=f"{_describe(licence, key.kid)}{warning}")


def _inspect(asked: argparse.Namespace, _: datetime) -> Answer:
    code = to_code(read_text(asked.file))
    described = _describe(read_unverified(code), read_header(code).kid)

    return Answer(described, remark="not verified: anybody can have written this\n")


def _verify(asked: argparse.Namespace, now: datetime) -> Answer:
    code = to_code(read_text(asked.file))
    licence = JwsLicenceVerifier(local_stack=asked.local_stack).verify(code)
    status = judge(licence, organisation=asked.organisation, now=now)

    return Answer(
        f"{_describe(licence, read_header(code).kid)}{_describe_status(status)}",
        remark=f"{status.reason.advice}\n" if status.reason else "",
        is_good=status.allows_sync,
    )


def _describe(licence: Licence, kid: str) -> str:
    return (
        f"id:             {licence.id}\n"
        f"customer:       {licence.customer}\n"
        f"organisation:   {licence.organisation}\n"
        f"edition:        {licence.edition}\n"
        f"valid from:     {licence.first_day}\n"
        f"valid until:    {licence.last_day}\n"
        f"signed with:    {kid}\n"
    )


def _describe_status(status: LicenceStatus) -> str:
    left = "" if status.days_left is None else f", {status.days_left} days left"

    return (
        f"state:          {status.state}{left}\n"
        f"sync:           {'yes' if status.allows_sync else 'no'}\n"
        f"initial sync:   {'yes' if status.allows_initial_sync else 'no'}\n"
    )


def _organisation(text: str) -> OrganisationId:
    try:
        return OrganisationId(str(uuid.UUID(text)))
    except ValueError as exc:
        raise argparse.ArgumentTypeError("must be a GUID") from exc


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError("must be a date such as 2027-12-31") from exc

    if day.year not in YEARS:
        raise argparse.ArgumentTypeError(f"must lie in {YEARS[0]} to {YEARS[-1]}")

    return day
