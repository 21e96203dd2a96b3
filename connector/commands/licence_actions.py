"""What the parts of `licence` do, and how they put it."""

import argparse
import uuid
from datetime import datetime

from connector.adapters.licence.issuer import SigningKey, is_encrypted
from connector.adapters.licence.keys import KEYS
from connector.adapters.licence.verifier import JwsLicenceVerifier, read_header, read_unverified
from connector.commands.answer import Answer
from connector.commands.files import (
    ask_password,
    check_password,
    read_bytes,
    read_text,
    write_secret,
)
from connector.domain.licence import ZONE, Licence, to_code, to_first_moment, to_last_moment
from connector.domain.licence_status import LicenceStatus, judge


def keygen(asked: argparse.Namespace, _: datetime) -> Answer:
    """Make a private key in a file, and show its public half."""
    password = check_password(ask_password(asked.password_file, twice=True))
    key = SigningKey.generate()
    write_secret(asked.out, key.to_pem(password))

    return Answer(
        f"kid: {key.kid}\n{key.public_pem}",
        remark=f"the private key is in {asked.out}, encrypted; its password stands nowhere\n"
        "add the kid and the public key to connector/adapters/licence/keys.py, "
        "a release before the first licence\n",
    )


def issue(asked: argparse.Namespace, now: datetime) -> Answer:
    """Sign a licence, and show its code."""
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


def inspect(asked: argparse.Namespace, _: datetime) -> Answer:
    """Show what a code says, whoever signed it."""
    code = to_code(read_text(asked.file))
    described = _describe(read_unverified(code), read_header(code).kid)

    return Answer(described, remark="not verified: anybody can have written this\n")


def verify(asked: argparse.Namespace, now: datetime) -> Answer:
    """Verify a code, and show what it allows."""
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
    left = "" if status.days_left is None else f", {_say_days(status.days_left)}"

    return (
        f"state:          {status.state}{left}\n"
        f"sync:           {'yes' if status.allows_sync else 'no'}\n"
        f"initial sync:   {'yes' if status.allows_initial_sync else 'no'}\n"
    )


def _say_days(left: int) -> str:
    """Say when something ends as people do."""
    return {0: "ends today", 1: "ends tomorrow"}.get(left, f"ends in {left} days")
