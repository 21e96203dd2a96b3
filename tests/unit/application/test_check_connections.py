"""Whether the systems around us know us."""

import asyncio

import pytest

from connector.application.check_connections import ConnectionChecker, Health
from connector.domain.errors import ConfigurationError, TransientError
from tests.builders import a_property
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeRecords


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def a_checker(
    crm: FakeCrm | None = None,
    marketing: FakeMarketing | None = None,
    records: FakeRecords | None = None,
) -> ConnectionChecker:
    return ConnectionChecker(
        crm or FakeCrm(),
        marketing or FakeMarketing(),
        records or FakeRecords(),
        FakeMappings(),
        Clock(),
        patience_seconds=0.05,
    )


async def test_all_well_is_ok() -> None:
    """
    When everybody answers, the health is ok.
    """
    assert await a_checker().check() is Health.OK


@pytest.mark.parametrize("system", ["crm", "marketing", "records"])
@pytest.mark.parametrize(
    "error", [TransientError("no answer"), ConfigurationError("unknown")], ids=["down", "refused"]
)
async def test_one_failing_degrades(
    system: str, error: TransientError, caplog: pytest.LogCaptureFixture
) -> None:
    """
    One system that fails degrades the whole, and the log names it.
    """
    systems = {"crm": FakeCrm(), "marketing": FakeMarketing(), "records": FakeRecords()}
    systems[system].errors = [error]

    health = await a_checker(**systems).check()  # type: ignore[arg-type]

    assert health is Health.DEGRADED
    assert "does not answer as it must" in caplog.text


@pytest.mark.feature("F21")
async def test_missing_field_degrades() -> None:
    """
    An account without the required fields is not well, though it answers.
    """
    marketing = FakeMarketing((a_property("email"),))

    assert await a_checker(marketing=marketing).check() is Health.DEGRADED


async def test_silence_degrades() -> None:
    """
    A system that does not answer in time is not waited for.
    """
    checker = a_checker(crm=Silent())

    assert await checker.check() is Health.DEGRADED


async def test_answer_serves_all_for_a_while() -> None:
    """
    However many ask, the systems are asked once in a while.
    """
    clock, crm = Clock(), FakeCrm()
    checker = ConnectionChecker(crm, FakeMarketing(), FakeRecords(), FakeMappings(), clock)
    crm.errors = [TransientError("once")]

    first = await asyncio.gather(*(checker.check() for _ in range(5)))
    clock.now += 15
    later = await checker.check()

    assert set(first) == {Health.DEGRADED}
    assert later is Health.OK


class Silent(FakeCrm):
    async def check(self) -> None:
        await asyncio.Event().wait()
