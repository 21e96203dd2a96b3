"""Whether the systems around us know us, looked at now, and since when it is so."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connector.application.check_connections import Health
from connector.domain.activity import Activity
from connector.domain.cause import Cause, CauseCode
from connector.domain.check_history import Standing
from connector.domain.connection import OtherOrganisationError
from connector.domain.connection_check import Check, CheckCode, CheckName, CheckOutcome
from connector.domain.environment import Environment
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    System,
    TransientError,
)
from connector.domain.failure import Failure, FailureKind
from connector.domain.job import Job, JobState
from connector.domain.property import Property
from connector.domain.webhook_step import StepsHiddenError
from tests.builders import NOW, a_property
from tests.connections import FakeLicensing, FakeOffice
from tests.fakes import FakeCrm, FakeMarketing
from tests.jobs import a_job

LATER = NOW + timedelta(minutes=7)
BACK = NOW + timedelta(minutes=9)


def of_tables(error: ConnectorError) -> ConnectorError:
    error.system = System.TABLES

    return error


class Silent(FakeCrm):
    async def check(self) -> None:
        await asyncio.Event().wait()


class World:
    """Is an office that is connected, and its clocks."""

    def __init__(self, crm: FakeCrm | None = None, marketing: FakeMarketing | None = None) -> None:
        self.seconds = 100.0
        self.crm = crm or FakeCrm()
        self.marketing = marketing or FakeMarketing()
        self.licensing = FakeLicensing()
        self.office = FakeOffice(self.crm, self.marketing, self.licensing, lambda: self.seconds)
        self.office.connect()
        self.checker = self.office.checker

    async def look(self) -> dict[CheckName, Check]:
        found = await self.checker.look()
        return {check.name: check for check in found.checked.checks}

    def pass_time(self, now: datetime = LATER) -> None:
        """Let what was found be too old."""
        self.seconds += 15
        self.licensing.now = now


@pytest.fixture
def world() -> World:
    return World()


async def test_all_well_is_ok(world: World) -> None:
    """
    When everybody answers every check is ok, and so is the health.
    """
    checks = await world.look()

    assert {check.outcome for check in checks.values()} == {CheckOutcome.OK}
    assert [*checks] == [*CheckName]
    assert await world.checker.check() is Health.OK


@pytest.mark.parametrize(
    ("system", "name", "code"),
    [
        ("crm", CheckName.DATAVERSE, "unreachable"),
        ("marketing", CheckName.SPOTLER, "unreachable"),
        ("webhooks", CheckName.STEPS, "unknown"),
        ("status", CheckName.TABLES, "unreachable"),
        ("queues", CheckName.QUEUES, "queue_unavailable"),
    ],
)
async def test_one_failing_degrades(
    world: World, system: str, name: CheckName, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    One system that fails degrades the whole; the log names it with its code.
    """
    failing = getattr(world, system, None) or getattr(world.office, system)
    failing.errors = [TransientError("no answer")]

    health = await world.checker.check()

    assert health is Health.DEGRADED
    assert (await world.look())[name].code == code
    assert f"{name} is not as it must be: {code}" in caplog.text


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ("crm", CheckName.DATAVERSE),
        ("marketing", CheckName.SPOTLER),
        ("webhooks", CheckName.STEPS),
        ("status", CheckName.TABLES),
        ("queues", CheckName.QUEUES),
        ("jobs", None),
    ],
)
async def test_no_check_raises(
    world: World, system: str, name: CheckName | None, caplog: pytest.LogCaptureFixture
) -> None:
    """
    An error that nobody foresaw is the failure of one check: the others are told as ever.
    """
    failing = getattr(world, system, None) or getattr(world.office, system)
    foreseen_by_nobody: list[Exception] = [KeyError("jan@example.nl")] * 2
    failing.errors = foreseen_by_nobody

    checks = await world.look()

    failed = {one for one, check in checks.items() if check.outcome is CheckOutcome.FAILED}
    assert failed == ({name} if name else set())
    assert "KeyError" in caplog.text
    assert "jan@example.nl" not in caplog.text


async def test_refused_is_told(world: World) -> None:
    """
    A system that refuses us is told as such.
    """
    world.crm.errors = [ConfigurationError("Entra must accept the tenant")]

    check = (await world.look())[CheckName.DATAVERSE]

    assert (check.code, check.detail) == ("refused", "Entra must accept the tenant")


async def test_unconnected_is_degraded() -> None:
    """
    Before anybody connects, Spotler's check says so, and what depends on it is skipped.
    """
    world = World()
    world.office.store.row = None

    checks = await world.look()

    assert checks[CheckName.SPOTLER].code == "not_connected"
    assert checks[CheckName.FIELDS].outcome is CheckOutcome.SKIPPED
    assert checks[CheckName.PERMISSIONS].outcome is CheckOutcome.SKIPPED
    assert await world.checker.check() is Health.DEGRADED


@pytest.mark.feature("F21")
async def test_missing_field_degrades() -> None:
    """
    An account without the required fields is not well, though it answers.
    """
    world = World(marketing=FakeMarketing((a_property("email"),)))

    assert await world.checker.check() is Health.DEGRADED
    assert (await world.look())[CheckName.FIELDS].code == "fields_missing"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param((a_property("permissions"),), id="no options"),
        pytest.param((), id="not there"),
        pytest.param(
            (replace(a_property("permissions", bits=(1, 4)), is_whole=False),), id="unreadable one"
        ),
    ],
)
async def test_hidden_permissions_degrade(world: World, shown: tuple[Property, ...]) -> None:
    """
    Permissions that Spotler does not show, or not with every option, let nobody be withdrawn.
    """
    others = tuple(one for one in world.marketing.catalogue if one.name != "permissions")
    world.marketing.catalogue = others + shown

    check = (await world.look())[CheckName.PERMISSIONS]

    assert (check.outcome, check.code) == (CheckOutcome.FAILED, CheckCode.PERMISSIONS_HIDDEN)
    assert "nobody can be withdrawn" in (check.detail or "")
    assert await world.checker.check() is Health.DEGRADED


async def test_warning_is_well(world: World) -> None:
    """
    What is only recommended leaves the health as it is.
    """
    world.office.webhooks.change("Merge", "contact", is_enabled=False)

    assert (await world.look())[CheckName.STEPS].outcome is CheckOutcome.WARNING
    assert await world.checker.check() is Health.OK


async def test_silence_degrades() -> None:
    """
    A system that does not answer in time is not waited for, and never green.
    """
    world = World(crm=Silent())
    world.office.lose_patience()

    check = (await world.look())[CheckName.DATAVERSE]

    assert (check.outcome, check.code) == (CheckOutcome.FAILED, "unreachable")


async def test_answer_serves_all_for_a_while(world: World) -> None:
    """
    However many ask, the systems are asked once in a while.
    """
    world.crm.errors = [TransientError("once")]

    first = await asyncio.gather(*(world.checker.check() for _ in range(5)))
    world.pass_time()
    later = await world.checker.check()

    assert set(first) == {Health.DEGRADED}
    assert later is Health.OK


async def test_since_is_kept_as_long_as_it_is_so(world: World) -> None:
    """
    Each check says since when it is so; only what changes is written.
    """
    await world.look()
    world.pass_time()
    unchanged = await world.look()
    world.crm.errors = [TransientError("down")]
    world.pass_time(LATER + timedelta(hours=1))
    changed = await world.look()

    assert {check.since for check in unchanged.values()} == {NOW}
    assert changed[CheckName.DATAVERSE].since == LATER + timedelta(hours=1)
    assert changed[CheckName.SPOTLER].since == NOW
    assert world.office.status.writes == 2


async def test_since_is_that_of_all_processes(world: World) -> None:
    """
    What another process found earlier counts, also when it writes at the same time.
    """
    before = NOW - timedelta(days=3)
    known = {
        name: Standing(outcome=CheckOutcome.OK, code=None, since=before)
        for name in (CheckName.SPOTLER, CheckName.DATAVERSE)
    }
    world.office.status.rivals.append(lambda: world.office.status.put_history(known))

    checks = await world.look()

    assert checks[CheckName.SPOTLER].since == before
    assert checks[CheckName.TABLES].since == NOW
    assert world.office.status.stored.history[CheckName.TABLES].since == NOW


async def test_overtaken_again_and_again(world: World) -> None:
    """
    Who loses every race tells what was found all the same.
    """
    status = world.office.status
    status.rivals += [lambda: status.put_history({})] * 3

    assert (await world.look())[CheckName.SPOTLER].since == NOW
    assert status.writes == 0


async def test_tables_away_harm_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    While the tables are away this process goes on with what it knows.
    """
    await world.look()
    world.office.status.errors = [TransientError("away")]
    world.pass_time()
    away = await world.look()
    world.office.status.refusals = [TransientError("read only")]
    world.pass_time(BACK)
    back = await world.look()

    assert away[CheckName.SPOTLER].since == NOW
    assert away[CheckName.TABLES].since == LATER
    assert (back[CheckName.TABLES].code, back[CheckName.TABLES].since) == (None, BACK)
    assert back[CheckName.SPOTLER].since == NOW
    assert "written later" in caplog.text


async def test_activity_is_told(world: World) -> None:
    """
    When a change last came and went is told with the checks.
    """
    world.office.status.put_activity(Activity(NOW, None))

    assert (await world.checker.look()).activity == Activity(NOW, None)


@pytest.mark.parametrize(
    ("error", "name", "code"),
    [
        (ConfigurationError("the secret must be there"), CheckName.SPOTLER, "secret_unreadable"),
        (TransientError("the vault must be up"), CheckName.TABLES, "unreachable"),
        (of_tables(ConfigurationError("must grant us")), CheckName.TABLES, "refused"),
    ],
    ids=["lost", "vault down", "tables refused"],
)
async def test_kept_secret_cannot_be_had(
    world: World, error: ConnectorError, name: CheckName, code: str
) -> None:
    """
    A secret that is lost, and storage that is away, are told apart from a Spotler that refuses us.
    """
    world.office.secrets.errors = [error]

    checks = await world.look()

    assert checks[name].code == code
    assert (checks[CheckName.SPOTLER].outcome is CheckOutcome.SKIPPED) == (name is CheckName.TABLES)


async def test_log_is_quiet_while_all_is_well(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Nothing is logged of what is well.
    """
    caplog.set_level(logging.WARNING)

    await world.look()

    assert caplog.text == ""


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (None, "calls_refused"),
        (StepsHiddenError("must have a right"), "calls_refused"),
        (TransientError("away"), "calls_refused"),
    ],
    ids=["well", "hidden", "unknown"],
)
async def test_refused_calls_are_told(
    world: World, fault: ConnectorError | None, code: str
) -> None:
    """
    Changes that are refused fail the check of the steps, until one comes in.
    """
    world.office.webhooks.errors = [fault] if fault else []
    world.office.status.put_activity(Activity(refused_at=NOW))

    steps = (await world.look())[CheckName.STEPS]
    world.pass_time()
    world.office.status.put_activity(Activity(LATER, None, NOW))
    mended = (await world.look())[CheckName.STEPS]

    assert (steps.outcome, steps.code) == (CheckOutcome.FAILED, code)
    assert "WEBHOOK_SECRET" in (steps.detail or "")
    assert (mended.outcome, mended.code) == (CheckOutcome.OK, None)


async def test_broken_step_is_told_first(world: World) -> None:
    """
    What is wrong in Dynamics for sure is told before calls that were refused.
    """
    world.office.webhooks.change("Create", "contact", is_enabled=False)
    world.office.status.put_activity(Activity(refused_at=NOW))

    assert (await world.look())[CheckName.STEPS].code == "step_disabled"


@pytest.mark.parametrize("system", ["crm", "marketing"])
async def test_storage_is_told_as_storage(world: World, system: str) -> None:
    """
    A vendor is not blamed for what our own tables did while it was looked at.
    """
    getattr(world, system).errors = [of_tables(TransientError("table storage answered 503"))]

    checks = await world.look()

    name = CheckName.DATAVERSE if system == "crm" else CheckName.SPOTLER
    assert (checks[CheckName.TABLES].code, checks[name].outcome) == (
        *("unreachable", CheckOutcome.SKIPPED),
    )
    assert [*checks] == [*CheckName]


async def test_mappings_away_blame_no_webhook(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When the table of the mappings alone is away nothing is said of Dynamics, nor of its steps.
    """

    async def fail() -> None:
        raise TransientError("table storage answered 503")

    monkeypatch.setattr(world.office.mappings, "list_changes", fail)

    checks = await world.look()

    assert checks[CheckName.STEPS].outcome is CheckOutcome.SKIPPED
    assert checks[CheckName.TABLES].code == "unreachable"


async def test_work_that_fails_degrades(world: World) -> None:
    """
    Work that fails though every system can be read is told with its cause, since it began.
    """
    before = NOW - timedelta(minutes=3)
    part = System.SPOTLER_LISTS
    failure = Failure(since=before, at=NOW, system=part, kind=FailureKind.REFUSED)
    world.office.status.put_activity(Activity(failures={part: failure}))

    check = (await world.look())[CheckName.CHANGES]
    health = await world.checker.check()
    world.office.status.put_activity(Activity(worked={part: LATER}, failures={part: failure}))
    world.pass_time()
    mended = (await world.look())[CheckName.CHANGES]

    assert (check.outcome, check.code, check.since) == (
        *(CheckOutcome.FAILED, "spotler_refused", before),
    )
    assert health is Health.DEGRADED
    assert (mended.outcome, mended.since) == (CheckOutcome.OK, LATER)


async def test_what_cannot_be_written_is_told(world: World) -> None:
    """
    What this process met counts though the tables do not take it.
    """
    world.office.status.errors = [TransientError("away")]
    world.office.noted = Activity(
        failures={None: Failure(since=NOW, at=NOW, kind=FailureKind.REFUSED)}
    )

    checks = await world.look()

    assert checks[CheckName.TABLES].code == "unreachable"
    assert checks[CheckName.CHANGES].code == "failing"


async def test_change_that_nobody_takes_is_told(world: World) -> None:
    """
    A change that lies on the queue for more than five minutes lies there in vain.
    """
    world.office.queues.oldest = NOW - timedelta(minutes=5, seconds=1)

    check = (await world.look())[CheckName.CHANGES]

    assert (check.code, check.since) == ("not_taken", world.office.queues.oldest)


async def test_environment_is_proven_for_a_while(world: World) -> None:
    """
    Whose environment it is stands for an hour, whatever could not be asked since.
    """
    told = [world.checker.environment]
    await world.look()
    told.append(world.checker.environment)
    world.crm.errors = [TransientError("away")]
    world.pass_time()
    await world.look()
    told.append(world.checker.environment)
    world.seconds += 3600
    told.append(world.checker.environment)
    world.crm.errors = [OtherOrganisationError()]
    await world.look()
    told.append(world.checker.environment)

    assert told == [
        *(Environment.UNKNOWN, Environment.OURS, Environment.OURS),
        *(Environment.UNKNOWN, Environment.OTHER),
    ]


STRANDED = a_job(cause=Cause(CauseCode.QUEUE), waits_until=LATER)


@pytest.mark.parametrize(
    ("job", "code"),
    [
        pytest.param(STRANDED, CheckCode.STEPS_REFUSED, id="its step got no place"),
        pytest.param(replace(STRANDED, state=JobState.PAUSED), None, id="paused meanwhile"),
        pytest.param(a_job(cause=Cause(CauseCode.TRANSIENT), waits_until=LATER), None, id="away"),
    ],
)
async def test_job_whose_step_gets_no_place_fails_the_queues(
    world: World, job: Job, code: CheckCode | None
) -> None:
    """
    A queue of jobs that takes no step fails the check of the queues: jobs stand still meanwhile.
    """
    await world.office.jobs.save(job)

    check = (await world.look())[CheckName.QUEUES]

    assert check.code == code
    assert ("queue jobs" in (check.detail or "")) is (code is not None)


async def test_lost_changes_are_worse_than_jobs_that_wait(world: World) -> None:
    """
    Where neither queue takes anything, what is lost is told, and not what waits.
    """
    await world.office.jobs.save(STRANDED)
    world.office.noted = Activity(unqueued=Failure(since=NOW - timedelta(minutes=1), at=NOW))

    check = (await world.look())[CheckName.QUEUES]

    assert check.code is CheckCode.SENDS_REFUSED


async def test_jobs_that_cannot_be_read_tell_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Whether jobs stand still is not known while their table is away: the queues are not to blame.
    """
    await world.office.jobs.save(STRANDED)
    world.office.jobs.errors.append(TransientError("table storage must be reachable"))

    check = (await world.look())[CheckName.QUEUES]

    assert check.is_well
    assert "whether jobs stand still is not known" in caplog.text
