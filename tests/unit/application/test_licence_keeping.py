"""What the licence allows: read once a minute, and judged by the signature each time."""

from datetime import timedelta

import pytest

from connector.domain.licence import InvalidLicenceError
from connector.domain.licence_status import LicenceState
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
