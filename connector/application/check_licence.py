"""Look what the licence allows now, and take a new one."""

from dataclasses import replace
from datetime import datetime

from connector.application.licence_ports import LicenceStore, LicenceVerifier
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError
from connector.domain.licence import InvalidLicenceError, to_code
from connector.domain.licence_status import LicenceState, LicenceStatus, StoredLicence, judge

ATTEMPTS = 5


async def check_licence(
    *,
    verifier: LicenceVerifier,
    store: LicenceStore,
    organisation: OrganisationId,
    now: datetime,
) -> LicenceStatus:
    """Verify the stored code again, and note the clock at most once an hour."""
    stored = await store.find()
    if stored is None:
        return LicenceStatus(LicenceState.NONE)

    if stored.is_due(now):
        await store.save(stored.noted(now))  # who loses this race was overtaken by the same note

    status = _examine(stored.code, verifier, organisation, now)

    return replace(status, clock_went_back=stored.has_clock_gone_back(now))


async def save_licence(
    text: str,
    *,
    verifier: LicenceVerifier,
    store: LicenceStore,
    organisation: OrganisationId,
    now: datetime,
) -> LicenceStatus:
    """Store a code that allows something now, in place of the one before.

    Raises `InvalidLicenceError` for any other, and leaves what is stored as it is.
    """
    status = examine_licence(text, verifier=verifier, organisation=organisation, now=now)
    stored = await _keep(to_code(text), store, now)

    return replace(status, clock_went_back=stored.has_clock_gone_back(now))


def examine_licence(
    text: str, *, verifier: LicenceVerifier, organisation: OrganisationId, now: datetime
) -> LicenceStatus:
    """Return what a code would allow; raises `InvalidLicenceError` when that is nothing."""
    status = judge(verifier.verify(to_code(text)), organisation=organisation, now=now)
    if status.reason is not None:
        raise InvalidLicenceError(status.reason)

    return status


def _examine(
    code: str, verifier: LicenceVerifier, organisation: OrganisationId, now: datetime
) -> LicenceStatus:
    try:
        return judge(verifier.verify(code), organisation=organisation, now=now)
    except InvalidLicenceError as exc:
        return LicenceStatus(LicenceState.INVALID, reason=exc.fault)


async def _keep(code: str, store: LicenceStore, now: datetime) -> StoredLicence:
    """Write the code over whatever is there; a worker that notes the clock may get in between."""
    for _ in range(ATTEMPTS):
        known = await store.find()
        stored = _replaced(known, code, now)
        if await store.save(stored):
            return stored

    raise TransientError("a licence must not be entered by several people at once: try again")


def _replaced(known: StoredLicence | None, code: str, now: datetime) -> StoredLicence:
    if known is None:
        return StoredLicence(code, first_seen=now, highest_clock=now)

    first_seen = known.first_seen if known.code == code else now

    return replace(known.noted(now), code=code, first_seen=first_seen)
