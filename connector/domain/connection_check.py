"""What is looked at before a connection is saved and ever after, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from connector.domain.connection import (
    CredentialsRefusedError,
    NotConnectedError,
    OtherOrganisationError,
)
from connector.domain.errors import ConnectorError, RateLimitedError, TransientError
from connector.domain.gone_columns import ColumnsMissingError
from connector.domain.mapping import REQUIRED
from connector.domain.property import Catalogue, PropertyKind

PERMISSIONS: Final = "permissions"
"""The name of the property that holds the permissions, in every account."""


class CheckName(StrEnum):
    """Names the checks."""

    SPOTLER = "spotler"
    FIELDS = "fields"
    PERMISSIONS = "permissions"
    DATAVERSE = "dataverse"
    STEPS = "steps"
    LICENCE = "licence"
    TABLES = "tables"
    QUEUES = "queues"
    CHANGES = "changes"


MENDED_LATER: Final = frozenset(
    {CheckName.PERMISSIONS, CheckName.STEPS, CheckName.QUEUES, CheckName.CHANGES}
)
"""Checks that a connection may be saved without: what they find is put right afterwards."""


class CheckField(StrEnum):
    """Names what an administrator fills in, and so where a failure is shown."""

    KEY = "key"
    SECRET = "secret"  # noqa: S105 - the name of a field
    LICENCE = "licence"


class CheckOutcome(StrEnum):
    """Tells how a check ended; what depends on a failed one is skipped.

    With a warning the sync works, and something is missing that is better there.
    """

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class CheckCode(StrEnum):
    """Tells why a check failed; a licence fails with the code of its fault besides these."""

    KEY_MISSING = "key_missing"
    SECRET_MISSING = "secret_missing"  # noqa: S105 - the name of a failure
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - the same
    CREDENTIALS_REFUSED = "credentials_refused"
    FIELDS_MISSING = "fields_missing"
    COLUMNS_MISSING = "columns_missing"
    LICENCE_MISSING = "licence_missing"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NOT_CONNECTED = "not_connected"
    OTHER_ORGANISATION = "other_organisation"
    PERMISSIONS_HIDDEN = "permissions_hidden"
    QUEUE_UNAVAILABLE = "queue_unavailable"
    NOT_REGISTERED = "not_registered"
    POINTS_ELSEWHERE = "points_elsewhere"
    STEP_MISSING = "step_missing"
    STEP_DISABLED = "step_disabled"
    STEP_FILTERED = "step_filtered"
    STEP_RECOMMENDED = "step_recommended"
    CALLS_REFUSED = "calls_refused"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"
    PATH_ONLY = "path_only"
    SENDS_REFUSED = "sends_refused"
    STEPS_REFUSED = "steps_refused"
    CHANGES_LOST = "changes_lost"
    NOT_TAKEN = "not_taken"
    SPOTLER_UNREACHABLE = "spotler_unreachable"
    SPOTLER_REFUSED = "spotler_refused"
    SPOTLER_BUSY = "spotler_busy"
    SPOTLER_REFUSES_ALL = "spotler_refuses_all"
    DATAVERSE_UNREACHABLE = "dataverse_unreachable"
    DATAVERSE_REFUSED = "dataverse_refused"
    DATAVERSE_BUSY = "dataverse_busy"
    STORAGE_UNREACHABLE = "storage_unreachable"
    STORAGE_REFUSED = "storage_refused"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class RequiredField:
    """Is a field that the account must have, as Spotler's support desk knows it."""

    label: str
    kind: PropertyKind


@dataclass(frozen=True, slots=True)
class Check:
    """Is one check; `detail` says what must be true, and so what to do.

    `since` is when the outcome and the code began to be so, where that is known.
    """

    name: CheckName
    outcome: CheckOutcome = CheckOutcome.OK
    field: CheckField | None = None
    code: str | None = None
    detail: str | None = None
    missing: tuple[RequiredField, ...] = ()
    since: datetime | None = None

    @classmethod
    def failed(
        cls, name: CheckName, code: str, detail: str, field: CheckField | None = None
    ) -> "Check":
        """Return a check that failed."""
        return cls(name, CheckOutcome.FAILED, field, code, detail)

    @classmethod
    def skipped(cls, name: CheckName) -> "Check":
        """Return a check for which another must succeed before."""
        return cls(name, CheckOutcome.SKIPPED)

    @property
    def is_well(self) -> bool:
        """Tell whether the sync works as far as this check goes."""
        return self.outcome in {CheckOutcome.OK, CheckOutcome.WARNING}

    @property
    def lets_save(self) -> bool:
        """Tell whether a connection may be saved; mappings can be put right once connected only."""
        later = self.name in MENDED_LATER or self.code == CheckCode.COLUMNS_MISSING

        return self.is_well or later


@dataclass(frozen=True, slots=True)
class Checked:
    """Is all checks, and when they were made."""

    checks: tuple[Check, ...]
    at: datetime

    @property
    def is_good(self) -> bool:
        """Tell whether nothing stands in the way of a save."""
        return all(check.lets_save for check in self.checks)

    @property
    def is_well(self) -> bool:
        """Tell whether all works that must work."""
        return all(check.is_well for check in self.checks)


class ChecksFailedError(ConnectorError):
    """Was not saved, because something would not work."""

    def __init__(self, checked: Checked) -> None:
        """Take what was looked at."""
        super().__init__("every check must succeed before a connection is saved")
        self.checked = checked


def check_fields(catalogue: Catalogue) -> Check:
    """Look for the three fields by label and kind: only they are the same in every account."""
    absent = [target for target in REQUIRED if target.find(catalogue) is None]
    if not absent:
        return Check(CheckName.FIELDS)

    missing = tuple(RequiredField(one.what, PropertyKind(one.how)) for one in absent)

    return Check(
        CheckName.FIELDS,
        CheckOutcome.FAILED,
        code=CheckCode.FIELDS_MISSING,
        detail="spotler must have and show every required field: "
        "ask spotler's support desk to create what is missing",
        missing=missing,
    )


def check_permissions(catalogue: Catalogue) -> Check:
    """Look for the permissions and their options: without them nobody can be withdrawn."""
    shown = [field for field in catalogue if field.name == PERMISSIONS]
    if any(field.bits for field in shown) and all(field.is_whole for field in shown):
        return Check(CheckName.PERMISSIONS)

    said = (
        "spotler must show the permissions and all their options: as long as any is hidden or "
        "cannot be read, nobody can be withdrawn"
    )

    return Check.failed(CheckName.PERMISSIONS, CheckCode.PERMISSIONS_HIDDEN, said)


_CODES: Final[Mapping[type[ConnectorError], CheckCode]] = {
    ColumnsMissingError: CheckCode.COLUMNS_MISSING,
    NotConnectedError: CheckCode.NOT_CONNECTED,
    OtherOrganisationError: CheckCode.OTHER_ORGANISATION,
}


def to_check(name: CheckName, error: ConnectorError | TimeoutError) -> Check:
    """Return what an error means for a check."""
    match error:
        case CredentialsRefusedError():
            field = CheckField.KEY if error.is_key_unknown else CheckField.SECRET
            said = "the key and the secret must be those of spotler's settings, integrations"
            return Check.failed(name, CheckCode.CREDENTIALS_REFUSED, said, field)
        case NotConnectedError() | OtherOrganisationError() | ColumnsMissingError():
            return Check.failed(name, _CODES[type(error)], str(error))
        case RateLimitedError():
            return Check.failed(name, CheckCode.RATE_LIMITED, _later(error))
        case TransientError():
            return Check.failed(name, CheckCode.UNREACHABLE, _later(error))
        case TimeoutError():
            return Check.failed(name, CheckCode.UNREACHABLE, _later(f"{name} must answer in time"))
        case _:
            return Check.failed(name, CheckCode.REFUSED, str(error))


def _later(said: object) -> str:
    return f"{said}; try again in a few minutes"
