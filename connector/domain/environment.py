"""Whose environment the CRM is, as far as that is proven."""

from enum import StrEnum

from connector.domain.connection_check import Check, CheckCode


class Environment(StrEnum):
    """Tells whether the environment is that of the organisation of the settings."""

    OURS = "ours"
    OTHER = "other"
    UNKNOWN = "unknown"


def environment_of(dataverse: Check) -> Environment:
    """Return what the check of the CRM proves: columns are looked at once it is known."""
    if dataverse.code == CheckCode.OTHER_ORGANISATION:
        return Environment.OTHER

    is_ours = dataverse.is_well or dataverse.code == CheckCode.COLUMNS_MISSING

    return Environment.OURS if is_ours else Environment.UNKNOWN
