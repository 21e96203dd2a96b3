"""Look what the licence allows now, and take a new one."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.application.licence_ports import LicenceStore, LicenceVerifier
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError
from connector.domain.licence import ZONE, InvalidLicenceError, to_code
from connector.domain.licence_change import LicenceChangedError, check_not_worse
from connector.domain.licence_status import LicenceState, LicenceStatus, StoredLicence, judge

ATTEMPTS = 5
CHANGED = "a licence must not be entered by several people at once: try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceCheck:
    """A look at licence codes at one moment, for one organisation; today is that of the zone."""

    verifier: LicenceVerifier
    store: LicenceStore
    organisation: OrganisationId
    now: datetime
    zone: ZoneInfo = ZONE

    async def check(self) -> LicenceStatus:
        """Verify the stored code again, and note the clock at most once an hour."""
        stored = await self.store.find()
        if stored is None:
            return LicenceStatus(LicenceState.NONE)

        if stored.is_due(self.now):
            # Who loses this race was overtaken by the same note.
            await self.store.save(stored.noted(self.now))

        return self._told(stored)

    async def save(
        self, text: str, *, replace_worse: bool = False, over: Collection[str | None] | None = None
    ) -> LicenceStatus:
        """Store a code that allows something now, in place of the one before.

        Raises `InvalidLicenceError` for any other, `LicenceWorseError` for one that is worse than
        what is stored, and `LicenceChangedError` when that is none of the codes it may go over
        (None where none may be there); what is stored stays as it is then.
        """
        status = self.examine(text)
        stored = await self._keep(to_code(text), status, replace_worse=replace_worse, over=over)

        return replace(status, clock_went_back=stored.has_clock_gone_back(self.now))

    async def holds(self, text: str) -> bool:
        """Tell whether a code is the one that is stored."""
        stored = await self.store.find()

        return stored is not None and stored.code == to_code(text)

    async def take_back(self, text: str, before: StoredLicence | None) -> None:
        """Put what was stored before in the place of a code, unless another took that since."""
        code = to_code(text)
        for _ in range(ATTEMPTS):
            known = await self.store.find()
            if known is None or known.code != code or (before and before.code == code):
                return

            if await self._put_back(known, before):
                return

        raise TransientError(CHANGED)

    async def _put_back(self, known: StoredLicence, before: StoredLicence | None) -> bool:
        if before is None:
            return await self.store.remove(known)

        return await self.store.save(replace(before.noted(known.highest_clock), etag=known.etag))

    def examine(self, text: str) -> LicenceStatus:
        """Return what a code would allow; raises `InvalidLicenceError` when that is nothing."""
        status = self._judge(to_code(text))
        if status.reason is not None:
            raise InvalidLicenceError(status.reason)

        return status

    async def check_not_worse(self, text: str) -> None:
        """Raise `LicenceWorseError` when a code would allow less than the stored one."""
        stored = await self.store.find()
        if stored is not None:
            check_not_worse(self.examine(text), stored=self._told(stored))

    async def _keep(
        self,
        code: str,
        status: LicenceStatus,
        *,
        replace_worse: bool,
        over: Collection[str | None] | None,
    ) -> StoredLicence:
        """Write the code over what is there; a worker that notes the clock may get in between."""
        for _ in range(ATTEMPTS):
            known = await self.store.find()
            if over is not None and (known.code if known else None) not in over:
                raise LicenceChangedError(CHANGED)
            if known is not None and not replace_worse:
                check_not_worse(status, stored=self._told(known))

            stored = _replaced(known, code, self.now)
            if await self.store.save(stored):
                return stored

        raise TransientError(CHANGED)

    def _told(self, stored: StoredLicence) -> LicenceStatus:
        try:
            status = self._judge(stored.code)
        except InvalidLicenceError as exc:
            status = LicenceStatus(LicenceState.INVALID, reason=exc.fault)

        return replace(status, clock_went_back=stored.has_clock_gone_back(self.now))

    def _judge(self, code: str) -> LicenceStatus:
        licence = self.verifier.verify(code)

        return judge(licence, organisation=self.organisation, now=self.now, zone=self.zone)


def _replaced(known: StoredLicence | None, code: str, now: datetime) -> StoredLicence:
    if known is None:
        return StoredLicence(code, first_seen=now, highest_clock=now)

    first_seen = known.first_seen if known.code == code else now

    return replace(known.noted(now), code=code, first_seen=first_seen)
