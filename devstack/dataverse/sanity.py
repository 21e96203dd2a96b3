"""Say what is wrong with the options of an environment before it is laid out."""

import math

from devstack.dataverse.guids import parse_guid
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.schema.catalogue import standard_catalogue

_RIGHTS = ("Create", "Read", "Write", "Delete", "Assign")
_IDS = ("tenant_id", "client_id", "organisation_id", "application_user_id")
_LOWEST = {
    "page_cap": 1,
    "url_limit": 1,
    "batch_cap": 1,
    "token_seconds": 0,
    "limit_requests": 0,
    "limit_seconds": 0,
    "limit_concurrent": 0,
    "limit_window": 0,
    "seconds_per_request": 0,
}


def find_complaint(options: DataverseOptions) -> str | None:
    """Return what cannot be in the options, or None when they are good."""
    for name in _IDS:
        if parse_guid(getattr(options, name)) is None:
            return f"{_flag(name)}: '{getattr(options, name)}' is no GUID"

    for name, lowest in _LOWEST.items():
        if not lowest <= getattr(options, name) < math.inf:
            return f"{_flag(name)} must be at least {lowest}"

    catalogue = standard_catalogue(sales=options.sales, own=options.own_tables)
    known = {f"prv{right}{table.schema_name}" for table in catalogue for right in _RIGHTS}
    if unknown := sorted(options.denied - known):
        return f"--denied: no table asks for the privilege {unknown[0]}"

    return None


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
