"""What is looked at before a connection is saved, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.domain.connection import CredentialsRefusedError
from connector.domain.errors import ConnectorError, RateLimitedError, TransientError
from connector.domain.gone_columns import ColumnsMissingError
from connector.domain.mapping import REQUIRED
from connector.domain.property import Catalogue, PropertyKind


class CheckName(StrEnum):
    """Names the checks."""

    SPOTLER = "spotler"
    FIELDS = "fields"
    DATAVERSE = "dataverse"
    LICENCE = "licence"


class CheckField(StrEnum):
    """Names what an administrator fills in, and so where a failure is shown."""

    KEY = "key"
    SECRET = "secret"  # noqa: S105 - the name of a field
    LICENCE = "licence"


class CheckOutcome(StrEnum):
    """Tells how a check ended; what depends on a failed one is skipped."""

    OK = "ok"
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


@dataclass(frozen=True, slots=True)
class RequiredField:
    """Is a field that the account must have, as Spotler's support desk knows it."""

    label: str
    kind: PropertyKind


@dataclass(frozen=True, slots=True)
class Check:
    """Is one check; `detail` says what must be true, and so what to do."""

    name: CheckName
    outcome: CheckOutcome = CheckOutcome.OK
    field: CheckField | None = None
    code: str | None = None
    detail: str | None = None
    missing: tuple[RequiredField, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Checked:
    """Is all checks, and when they were made."""

    checks: tuple[Check, ...]
    at: datetime

    @property
    def is_good(self) -> bool:
        """Tell whether nothing stands in the way; mappings can be put right once connected only."""
        return all(
            check.outcome is CheckOutcome.OK or check.code == CheckCode.COLUMNS_MISSING
            for check in self.checks
        )


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


def to_check(name: CheckName, error: ConnectorError | TimeoutError) -> Check:
    """Return what an error means to who wants to connect."""
    match error:
        case CredentialsRefusedError():
            field = CheckField.KEY if error.is_key_unknown else CheckField.SECRET
            said = "the key and the secret must be those of spotler's settings, integrations"
            return Check.failed(name, CheckCode.CREDENTIALS_REFUSED, said, field)
        case ColumnsMissingError():
            return Check.failed(name, CheckCode.COLUMNS_MISSING, str(error))
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
