"""A licence in place of another: a worse one is stored only when the caller insists."""

from connector.domain.errors import ConnectorError
from connector.domain.licence import Edition, Licence
from connector.domain.licence_status import LicenceStatus


class LicenceWorseError(ConnectorError):
    """A licence that is worse than the stored one, with what both allow."""

    def __init__(self, message: str, *, stored: LicenceStatus, offered: LicenceStatus) -> None:
        """Take both, for who is to choose."""
        super().__init__(message)
        self.stored = stored
        self.offered = offered


class LicenceChangedError(ConnectorError):
    """A licence that somebody else replaced meanwhile."""


def check_not_worse(offered: LicenceStatus, *, stored: LicenceStatus) -> None:
    """Raise `LicenceWorseError` for a trial in place of a full licence, and for an earlier end.

    A stored licence that allows nothing any more is no loss.
    """
    before, after = stored.licence, offered.licence
    if before is None or after is None or not stored.allows_sync:
        return

    is_lesser = before.edition is Edition.FULL and after.edition is Edition.TRIAL
    if is_lesser or after.last_day < before.last_day:
        message = (
            f"the licence must be no worse than the stored one, {_say(before)}: this is "
            f"{_say(after)}; set replace_licence to replace it all the same"
        )
        raise LicenceWorseError(message, stored=stored, offered=offered)


def _say(licence: Licence) -> str:
    """Tell an edition and an end in words."""
    end = licence.last_day

    return f"a {licence.edition} licence until {end.day} {end:%B %Y}"
