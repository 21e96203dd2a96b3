"""Arguments that operators type, as values."""

import argparse
import uuid
from datetime import date
from typing import Final

from connector.domain.contact import OrganisationId

YEARS: Final = range(2020, 2200)
"""Beyond these lies a slip of the keyboard."""


def to_organisation(text: str) -> OrganisationId:
    """Return the id of an organisation, however it is written."""
    try:
        return OrganisationId(str(uuid.UUID(text)))
    except ValueError as exc:
        raise argparse.ArgumentTypeError("must be a GUID") from exc


def to_day(text: str) -> date:
    """Return a day."""
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError("must be a date such as 2027-12-31") from exc

    if day.year not in YEARS:
        raise argparse.ArgumentTypeError(f"must lie in {YEARS[0]} to {YEARS[-1]}")

    return day
