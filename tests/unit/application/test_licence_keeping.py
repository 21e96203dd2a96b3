"""What the licence allows: read once a minute, a refusal at once, by the signature each time."""

from datetime import timedelta

import pytest

from connector.domain.licence import Edition, InvalidLicenceError
from connector.domain.licence_status import LicenceState, StoredLicence
from tests.builders import NOW
from tests.connections import FakeLicensing
from tests.licences import DAY, a_licence


async def test_read_once_a_minute() -> None:
    """
    Within a minute nobody reads again; after it the signature is verified anew.
    """
    licensing = FakeLicensing()

    for seconds in (0, 30, 59):
        licensing.now = NOW + timedelta(seconds=seconds)
        assert await licensing.keeping.allows_sync()
    assert licensing.verifier.asked == 1

    licensing.now = NOW + timedelta(seconds=60)
    await licensing.keeping.status()
    assert licensing.verifier.asked == 2


@pytest.mark.parametrize("former", [Edition.TRIAL, None])
async def test_refusal_is_read_again(former: Edition | None) -> None:
    """
    Whoever refuses has read within a second: a licence that another host saved counts at once.
    """
    licensing = FakeLicensing()
    licensing.put(a_licence(edition=former) if former else None)
    assert not (await licensing.keeping.status()).allows_initial_sync

    licensing.offer("renewed", a_licence())
    licensing.licences.row = StoredLicence("renewed", NOW, NOW)
    assert not (await licensing.keeping.status()).allows_initial_sync

    licensing.now = NOW + timedelta(seconds=1)
    assert (await licensing.keeping.status()).allows_initial_sync


async def test_who_reads_anew_knows_at_once() -> None:
    """
    Who must not go on for a minute reads and verifies anew, and all others know it from then on.
    """
    licensing = FakeLicensing()
    assert (await licensing.keeping.status()).allows_initial_sync

    licensing.offer("trial", a_licence(edition=Edition.TRIAL))
    licensing.licences.row = StoredLicence("trial", NOW, NOW)
    assert (await licensing.keeping.status()).allows_initial_sync

    assert not (await licensing.keeping.read()).allows_initial_sync
    assert not (await licensing.keeping.status()).allows_initial_sync


async def test_clock_set_back_reads_again() -> None:
    """
    A clock that was set back does not make an old answer last longer.
    """
    licensing = FakeLicensing()
    await licensing.keeping.status()

    licensing.now = NOW - DAY
    await licensing.keeping.status()

    assert licensing.verifier.asked == 2


async def test_edited_row_opens_nothing() -> None:
    """
    A row that somebody edited is noticed within a minute.
    """
    licensing = FakeLicensing()
    assert await licensing.keeping.allows_sync()

    licensing.verifier.licences.clear()
    licensing.now = NOW + timedelta(seconds=60)

    assert not await licensing.keeping.allows_sync()


async def test_saved_licence_counts_at_once() -> None:
    """
    A licence that is saved here is known here without a read.
    """
    licensing = FakeLicensing()
    licensing.put(None)
    assert (await licensing.keeping.status()).state is LicenceState.NONE

    licensing.offer("new", a_licence())
    assert licensing.keeping.examine("new").state is LicenceState.ACTIVE
    assert (await licensing.keeping.save("new")).state is LicenceState.ACTIVE

    assert await licensing.keeping.allows_sync()
    with pytest.raises(InvalidLicenceError):
        licensing.keeping.examine("forged")
