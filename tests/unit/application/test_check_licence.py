"""What the licence allows is looked up afresh, and a new one is taken only when it is good."""

from datetime import datetime, timedelta

import pytest

from connector.application.check_licence import ATTEMPTS, LicenceCheck
from connector.application.licence_ports import LicenceStore, LicenceVerifier
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError
from connector.domain.licence import Edition, InvalidLicenceError, LicenceFault
from connector.domain.licence_change import LicenceWorseError
from connector.domain.licence_status import LicenceState, LicenceStatus
from tests.builders import NOW, ORGANISATION
from tests.licences import DAY, FakeLicences, FakeVerifier, a_licence

HOUR = timedelta(hours=1)
OTHER = OrganisationId("00000000-4d0b-ef11-9f83-000d3adf4a10")


@pytest.fixture
def verifier() -> FakeVerifier:
    return FakeVerifier(
        good=a_licence(),
        better=a_licence(left=1000 * DAY),
        trial=a_licence(edition=Edition.TRIAL),
        grace=a_licence(left=-DAY),
        foreign=a_licence(organisation=OTHER),
        ended=a_licence(left=-100 * DAY, begun=200 * DAY),
        early=a_licence(begun=-DAY),
    )


def look(verifier: LicenceVerifier, store: LicenceStore, now: datetime = NOW) -> LicenceCheck:
    return LicenceCheck(verifier=verifier, store=store, organisation=ORGANISATION, now=now)


async def check(
    verifier: LicenceVerifier, store: LicenceStore, now: datetime = NOW
) -> LicenceStatus:
    return await look(verifier, store, now).check()


async def save(
    text: str, verifier: LicenceVerifier, store: LicenceStore, now: datetime = NOW
) -> LicenceStatus:
    return await look(verifier, store, now).save(text)


async def test_without_code_there_is_none(verifier: FakeVerifier) -> None:
    """
    Where nobody entered a code nothing is allowed, and nothing is written.
    """
    store = FakeLicences()

    assert await check(verifier, store) == LicenceStatus(LicenceState.NONE)
    assert store.row is None


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("good", LicenceState.ACTIVE),
        ("trial", LicenceState.TRIAL),
        ("grace", LicenceState.GRACE),
    ],
)
async def test_saved_code_is_in_force(
    verifier: FakeVerifier, code: str, state: LicenceState
) -> None:
    """
    A code that allows something is stored as it was issued, and both answers are the same.
    """
    store = FakeLicences()

    saved = await save(f" {code[:2]}\n{code[2:]} ", verifier, store)

    assert saved.state is state
    assert await check(verifier, store) == saved
    assert store.row is not None
    assert store.row.code == code


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", LicenceFault.EMPTY),
        ("nonsense", LicenceFault.FORGED),
        ("foreign", LicenceFault.WRONG_ORGANISATION),
        ("ended", LicenceFault.EXPIRED),
        ("early", LicenceFault.NOT_YET),
    ],
)
async def test_bad_code_leaves_the_good_one(
    verifier: FakeVerifier, code: str, fault: LicenceFault
) -> None:
    """
    A code that would stop the connector is refused with the reason, and the old one stays.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    before = store.row

    with pytest.raises(InvalidLicenceError, match="must") as caught:
        await save(code, verifier, store)

    assert caught.value.fault is fault
    assert store.row == before


async def test_every_check_verifies_anew(verifier: FakeVerifier) -> None:
    """
    A code that is withdrawn, or was altered in the table, is invalid at the next look.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    verifier.asked = 0
    before = await check(verifier, store), await check(verifier, store)

    del verifier.licences["good"]
    after = await check(verifier, store)

    assert [status.state for status in before] == [LicenceState.ACTIVE] * 2
    assert after == LicenceStatus(LicenceState.INVALID, reason=LicenceFault.FORGED)
    assert verifier.asked == 3


async def test_stored_licence_runs_out(verifier: FakeVerifier) -> None:
    """
    The same code allows less as time goes on.
    """
    store = FakeLicences()
    await save("good", verifier, store)

    states = [(await check(verifier, store, NOW + n * DAY)).state for n in (0, 80, 105, 120)]

    assert states == [
        LicenceState.ACTIVE,
        LicenceState.EXPIRING,
        LicenceState.GRACE,
        LicenceState.EXPIRED,
    ]


async def test_clock_is_noted_hourly(verifier: FakeVerifier) -> None:
    """
    However often somebody looks, the row is written once an hour.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    store.writes = 0

    for minutes in range(0, 180, 5):
        await check(verifier, store, NOW + timedelta(minutes=minutes))

    assert store.writes == 2
    assert store.row is not None
    assert store.row.highest_clock == NOW + 2 * HOUR
    assert store.row.first_seen == NOW


async def test_clock_is_noted_for_invalid_code(verifier: FakeVerifier) -> None:
    """
    Time goes on while a code opens nothing.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    verifier.licences.clear()

    await check(verifier, store, NOW + DAY)

    assert store.row is not None
    assert store.row.highest_clock == NOW + DAY


async def test_lost_note_is_no_trouble(verifier: FakeVerifier) -> None:
    """
    Who loses the race to note the clock was overtaken by the same note, and goes on.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    store.rivals = 1

    status = await check(verifier, store, NOW + DAY)

    assert status.state is LicenceState.ACTIVE


async def test_clock_set_back_is_told(verifier: FakeVerifier) -> None:
    """
    A clock more than a day back gives a warning, never a refusal, and is not forgotten.
    """
    store = FakeLicences()
    await save("good", verifier, store, NOW + 3 * DAY)

    status = await check(verifier, store, NOW)
    again = await save("better", verifier, store, NOW)

    assert (status.state, status.clock_went_back) == (LicenceState.ACTIVE, True)
    assert again.clock_went_back
    assert not (await check(verifier, store, NOW + 2 * DAY)).clock_went_back


async def test_new_code_replaces_the_old(verifier: FakeVerifier) -> None:
    """
    A renewal is in force at once, and was first seen now; the same code again changes nothing.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    await save("good", verifier, store, NOW + HOUR)
    assert store.row is not None
    first_seen = store.row.first_seen

    await save("better", verifier, store, NOW + DAY)

    assert (first_seen, store.row.first_seen) == (NOW, NOW + DAY)
    assert (await check(verifier, store)).days_left == 1000


@pytest.mark.parametrize("is_first", [True, False])
async def test_saving_outlasts_rivals(verifier: FakeVerifier, *, is_first: bool) -> None:
    """
    Who enters a code while workers note the clock wins in the end.
    """
    store = FakeLicences()
    if not is_first:
        await save("good", verifier, store)
    store.rivals = ATTEMPTS - 1

    await save("better", verifier, store)

    assert store.row is not None
    assert store.row.code == "better"


async def test_endless_race_comes_back_later(verifier: FakeVerifier) -> None:
    """
    Who loses every time is told to try again, and nothing was stored.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    store.rivals = ATTEMPTS

    with pytest.raises(TransientError, match="try again"):
        await save("better", verifier, store)

    assert store.row is not None
    assert store.row.code == "good"


@pytest.mark.parametrize("worse", ["trial", "grace"])
async def test_worse_licence_needs_insisting(verifier: FakeVerifier, worse: str) -> None:
    """
    A worse licence leaves the better one where it is, until the caller insists.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    before = store.row

    with pytest.raises(LicenceWorseError, match="replace_licence"):
        await look(verifier, store).check_not_worse(worse)
    with pytest.raises(LicenceWorseError, match="replace_licence"):
        await save(worse, verifier, store)
    assert store.row == before

    await look(verifier, store).save(worse, replace_worse=True)
    assert store.row is not None
    assert store.row.code == worse


async def test_first_and_better_licences_are_no_question(verifier: FakeVerifier) -> None:
    """
    The first licence, the same one and a better one are stored without a question.
    """
    store = FakeLicences()
    for code in ("good", "good", "better"):
        await look(verifier, store).check_not_worse(code)
        await save(code, verifier, store)

    assert store.row is not None
    assert store.row.code == "better"


async def test_unreadable_licence_is_no_loss(verifier: FakeVerifier) -> None:
    """
    A stored code that opens nothing any more makes way for any that does.
    """
    store = FakeLicences()
    await save("good", verifier, store)
    del verifier.licences["good"]

    await save("trial", verifier, store)

    assert (await check(verifier, store)).state is LicenceState.TRIAL
