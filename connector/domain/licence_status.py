"""What a licence allows at this moment: decided from what it says, who we are and the clock."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from connector.domain.contact import OrganisationId
from connector.domain.licence import ZONE, Edition, Licence, LicenceFault

GRACE: Final = timedelta(days=14)
EXPIRING_DAYS: Final = 30
LEEWAY: Final = timedelta(seconds=300)
"""How far our clock and the issuer's may be apart."""

NOTED_EVERY: Final = timedelta(hours=1)
CLOCK_TOLERANCE: Final = timedelta(hours=24)


class LicenceState(StrEnum):
    """Tells where a licence stands."""

    NONE = "none"
    INVALID = "invalid"
    WRONG_ORGANISATION = "wrong_organisation"
    NOT_YET = "not_yet"
    TRIAL = "trial"
    ACTIVE = "active"
    EXPIRING = "expiring"
    GRACE = "grace"
    EXPIRED = "expired"


_SYNC = {LicenceState.TRIAL, LicenceState.ACTIVE, LicenceState.EXPIRING, LicenceState.GRACE}
_INITIAL_SYNC = {LicenceState.ACTIVE, LicenceState.EXPIRING}


@dataclass(frozen=True, slots=True)
class LicenceStatus:
    """Is what to show, and what to allow.

    `reason` is there when nothing is allowed because of what the code is. `days_left` counts
    calendar days until the last day of the licence, or in grace of the grace: 0 today, 1 tomorrow.
    """

    state: LicenceState
    licence: Licence | None = None
    reason: LicenceFault | None = None
    days_left: int | None = None
    clock_went_back: bool = False

    @property
    def allows_sync(self) -> bool:
        """Tell whether changes go to Spotler as they happen."""
        return self.state in _SYNC

    @property
    def allows_initial_sync(self) -> bool:
        """Tell whether existing data may be synchronised."""
        return self.state in _INITIAL_SYNC


@dataclass(frozen=True, slots=True)
class StoredLicence:
    """Is the `licences` row of an organisation; `etag` is None as long as there is no row.

    `highest_clock` is the latest moment at which anybody ever looked: time does not pass it
    backwards unless somebody set a clock.
    """

    code: str = field(repr=False)
    first_seen: datetime
    highest_clock: datetime
    etag: str | None = None

    def is_due(self, now: datetime) -> bool:
        """Tell whether the clock is to be noted again."""
        return now - self.highest_clock >= NOTED_EVERY

    def noted(self, now: datetime) -> "StoredLicence":
        """Return the row with this moment noted, unless a later one is."""
        return replace(self, highest_clock=max(self.highest_clock, now))

    def has_clock_gone_back(self, now: datetime) -> bool:
        """Tell whether the clock stands more than a day before what it was."""
        return self.highest_clock - now > CLOCK_TOLERANCE


def judge(
    licence: Licence, *, organisation: OrganisationId, now: datetime, zone: ZoneInfo = ZONE
) -> LicenceStatus:
    """Decide what a verified licence allows this organisation now; today is that of the zone."""
    if licence.organisation.lower() != organisation.lower():
        reason = LicenceFault.WRONG_ORGANISATION
        return LicenceStatus(LicenceState.WRONG_ORGANISATION, licence, reason)

    if now + LEEWAY < licence.valid_from:
        return LicenceStatus(LicenceState.NOT_YET, licence, LicenceFault.NOT_YET)

    end = licence.valid_until
    if now < end + LEEWAY:
        days = _count_days(now, licence.last_day, zone)
        return LicenceStatus(_running(licence.edition, days), licence, days_left=days)

    end = (end.astimezone(ZONE) + GRACE).astimezone(UTC)  # days may have 23 hours, or 25
    if now < end + LEEWAY:
        days = _count_days(now, licence.last_day + GRACE, zone)
        return LicenceStatus(LicenceState.GRACE, licence, days_left=days)

    return LicenceStatus(LicenceState.EXPIRED, licence, LicenceFault.EXPIRED)


def _running(edition: Edition, days_left: int) -> LicenceState:
    if edition is Edition.TRIAL:
        return LicenceState.TRIAL

    return LicenceState.EXPIRING if days_left <= EXPIRING_DAYS else LicenceState.ACTIVE


def _count_days(now: datetime, last_day: date, zone: ZoneInfo) -> int:
    """Count the days on a calendar in the zone until the last one, which is the date that is shown.

    Where that day is over and Amsterdam's is not, it ends today; so it does within the leeway.
    """
    return max(0, (last_day - now.astimezone(zone).date()).days)
