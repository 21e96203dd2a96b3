"""What is told of the connection and the licence, and what is asked for to change them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from connector.adapters.manage_api.shape import Shape
from connector.application.check_connections import Found
from connector.domain.connection import SHOWN, StoredConnection
from connector.domain.connection_check import (
    Check,
    Checked,
    CheckField,
    CheckName,
    CheckOutcome,
)
from connector.domain.licence import Edition, LicenceFault
from connector.domain.licence_change import LicenceWorseError
from connector.domain.licence_status import LicenceState, LicenceStatus
from connector.domain.product import VERSION
from connector.domain.property import PropertyKind

LONGEST_CODE = 256
LONGEST_PASTE = 16 * 1024
"""A licence code has 4 KB at most; mail programs add spaces and line breaks."""


def _strip(value: object) -> object:
    """Take off what pasting adds; an empty text is none."""
    return (value.strip() or None) if isinstance(value, str) else value


def _check_code(text: str) -> str:
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("must be letters, digits and signs, without spaces")

    return text


def _check_secret(secret: SecretStr) -> SecretStr:
    _check_code(secret.get_secret_value())

    return secret


type Key = Annotated[str, Field(max_length=LONGEST_CODE), AfterValidator(_check_code)]
type Hidden = Annotated[SecretStr, Field(max_length=LONGEST_CODE), AfterValidator(_check_secret)]
type Paste = Annotated[str, Field(max_length=LONGEST_PASTE)]


class ConnectionChange(Shape):
    """Asks for a connection; what is null, empty or absent stays as it is saved.

    `replace_licence` lets a licence take the place of a better one.
    """

    key: Annotated[Key | None, BeforeValidator(_strip)] = None
    secret: Annotated[Hidden | None, BeforeValidator(_strip)] = None
    licence: Annotated[Paste | None, BeforeValidator(_strip)] = None
    replace_licence: bool = False

    def audit_names(self) -> Sequence[str]:
        """Return which members were given, and the end of the key."""
        given = [name for name in type(self).model_fields if getattr(self, name)]
        ends = f"key_ends={self.key[-SHOWN:]}" if self.key and len(self.key) > 2 * SHOWN else None

        return [*given, *([ends] if ends else [])]


class MissingFieldView(Shape):
    """Is a field that Spotler's support desk has to create or show."""

    label: str
    kind: PropertyKind


class CheckView(Shape):
    """Is one check; `code` is for programs, `detail` for people, `since` when it began to be so."""

    name: CheckName
    field: CheckField | None
    outcome: CheckOutcome
    code: str | None
    detail: str | None
    missing: list[MissingFieldView]
    since: datetime | None

    @classmethod
    def of(cls, check: Check) -> Self:
        """Return how a check is shown."""
        return cls(
            name=check.name,
            field=check.field,
            outcome=check.outcome,
            code=check.code,
            detail=check.detail,
            missing=[MissingFieldView(label=one.label, kind=one.kind) for one in check.missing],
            since=check.since,
        )


class ChecksView(Shape):
    """Is what was found when everything was looked at."""

    checks: list[CheckView]
    checked_at: datetime

    @classmethod
    def of(cls, checked: Checked) -> Self:
        """Return how the checks are shown."""
        return cls(checks=[CheckView.of(one) for one in checked.checks], checked_at=checked.at)


class OrganisationView(Shape):
    """Is the Dynamics environment that is connected."""

    id: str
    url: str


class SpotlerView(Shape):
    """Is what may be told of the key, and of the secret that there is one."""

    key_ends: str | None
    secret_saved: bool
    saved_at: datetime | None
    saved_by: str | None

    @classmethod
    def of(cls, stored: StoredConnection | None) -> Self:
        """Return how a connection is shown."""
        if stored is None:
            return cls(key_ends=None, secret_saved=False, saved_at=None, saved_by=None)

        return cls(
            key_ends=stored.key_ends,
            secret_saved=True,
            saved_at=stored.saved_at,
            saved_by=stored.saved_by,
        )


class LicenceView(Shape):
    """Is what the licence says and allows; `advice` says what to do where it allows nothing."""

    state: LicenceState
    reason: LicenceFault | None
    advice: str | None
    customer: str | None
    edition: Edition | None
    valid_from: date | None
    valid_until: date | None
    days_left: int | None
    clock_went_back: bool
    allows_sync: bool
    allows_initial_sync: bool

    @classmethod
    def of(cls, status: LicenceStatus) -> Self:
        """Return how a licence is shown."""
        licence = status.licence

        return cls(
            state=status.state,
            reason=status.reason,
            advice=status.reason.advice if status.reason else None,
            customer=licence.customer if licence else None,
            edition=licence.edition if licence else None,
            valid_from=licence.first_day if licence else None,
            valid_until=licence.last_day if licence else None,
            days_left=status.days_left,
            clock_went_back=status.clock_went_back,
            allows_sync=status.allows_sync,
            allows_initial_sync=status.allows_initial_sync,
        )


class LicenceChoiceView(Shape):
    """Is one of two licences between which somebody has to choose."""

    edition: Edition | None
    valid_until: date | None
    state: LicenceState

    @classmethod
    def of(cls, status: LicenceStatus) -> Self:
        """Return how one is shown."""
        licence = status.licence

        return cls(
            edition=licence.edition if licence else None,
            valid_until=licence.last_day if licence else None,
            state=status.state,
        )


class LicenceWorseView(Shape):
    """Is what a worse licence would take the place of: `stored` by `offered`."""

    stored: LicenceChoiceView
    offered: LicenceChoiceView

    @classmethod
    def of(cls, error: LicenceWorseError) -> Self:
        """Return how the two are shown."""
        return cls(
            stored=LicenceChoiceView.of(error.stored),
            offered=LicenceChoiceView.of(error.offered),
        )


class ActivityView(Shape):
    """When a change last came in, and when one last went to Spotler."""

    received_at: datetime | None
    sent_at: datetime | None


class ConnectionView(Shape):
    """Is the connection, the licence, and what was found a moment ago."""

    organisation: OrganisationView
    version: str
    status: str
    spotler: SpotlerView
    licence: LicenceView
    checks: list[CheckView]
    checked_at: datetime
    activity: ActivityView

    @classmethod
    def of(
        cls,
        organisation: OrganisationView,
        stored: StoredConnection | None,
        licence: LicenceStatus,
        found: Found,
    ) -> Self:
        """Return how all of it is shown."""
        return cls(
            organisation=organisation,
            version=VERSION,
            status="connected" if stored else "not_connected",
            spotler=SpotlerView.of(stored),
            licence=LicenceView.of(licence),
            checks=[CheckView.of(one) for one in found.checked.checks],
            checked_at=found.checked.at,
            activity=ActivityView(
                received_at=found.activity.received_at, sent_at=found.activity.sent_at
            ),
        )
