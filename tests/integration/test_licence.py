"""What a licence allows, on real traffic: nothing is lost while it allows nothing."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from devstack.stack import EXPIRED, GRACE, TRIAL, DemonstrationLicence, StackOptions
from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.existing_people import SLOW, start_anew

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return a stack whose licence has ended."""
    return StackOptions(licence=EXPIRED, settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def enter(local: Local, admin: Administrator, licence: DemonstrationLicence) -> Json:
    """Enter a licence, and return how it is shown."""
    code = licence.code_for(local.stack.organisation)
    values = {"licence": code, "replace_licence": True}
    status, view = await admin.call("PUT", "/connection", values)
    assert status == 200, view

    return dict(view["licence"])


async def parked(admin: Administrator) -> list[tuple[str, str]]:
    """Return the record and the reason of all that is parked."""
    status, answer = await admin.call("GET", "/parked")
    assert status == 200

    return [(one["record_id"], one["reason"]) for one in answer["parked"]]


@pytest.mark.feature("F35", "F42")
async def test_ended_licence_holds_and_renewal_releases(local: Local, admin: Administrator) -> None:
    """
    While the licence has ended nothing is sent; after renewal all is, and a deletion withdraws.
    """
    await enter(local, admin, DemonstrationLicence())
    gone = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    await local.spotler.until(gone, lastName="Weg")
    await local.spotler.permit(gone, 1)
    await end_licence(local)

    changed = await local.crm.create("contact", lastname="Oud", emailaddress1="nieuw@example.nl")
    await local.crm.update("contact", changed, lastname="Nieuw")
    await local.crm.update("contact", gone, lastname="Wegger")
    await local.crm.delete("contact", gone)
    await local.stack.settle()

    assert changed not in await local.spotler.contacts()
    assert sorted(await parked(admin)) == sorted([(changed, "licence"), (gone, "licence")])
    status, view = await admin.call("GET", "/connection")
    assert (status, view["licence"]["state"], view["licence"]["allows_sync"]) == (
        200,
        "expired",
        False,
    )

    assert (await enter(local, admin, DemonstrationLicence()))["state"] == "active"
    await local.spotler.until(changed, lastName="Nieuw")
    await local.stack.settle()

    assert await parked(admin) == []
    person = (await local.spotler.contacts())[gone]
    assert not any(person["permissions"].values())


@pytest.mark.feature("F42")
@pytest.mark.parametrize(
    ("licence", "state"),
    [pytest.param(TRIAL, "trial", id="trial"), pytest.param(GRACE, "grace", id="grace")],
)
async def test_changes_go_on_and_initial_syncs_do_not(
    local: Local, admin: Administrator, licence: DemonstrationLicence, state: str
) -> None:
    """
    A trial and the days of grace send changes as they happen, and refuse initial syncs.
    """
    shown = await enter(local, admin, licence)
    assert (shown["state"], shown["allows_initial_sync"]) == (state, False)

    person = await local.crm.create("contact", lastname="Nu", emailaddress1="nu@example.nl")
    await local.spotler.until(person, lastName="Nu")
    status, problem = await admin.call("POST", "/jobs", {"kind": "contacts_to_spotler"})

    assert (status, problem["code"]) == (403, "licence_forbids")


@pytest.mark.parametrize("worse", [TRIAL, DemonstrationLicence(days=30)], ids=["trial", "sooner"])
async def test_worse_licence_is_a_question(
    local: Local, admin: Administrator, worse: DemonstrationLicence
) -> None:
    """
    A trial, or an earlier end, takes the place of a full licence only once somebody says so.
    """
    good = await enter(local, admin, DemonstrationLicence())
    asked = {"licence": worse.code_for(local.stack.organisation)}

    status, problem = await admin.call("PUT", "/connection", asked)
    _, kept = await admin.call("GET", "/connection")
    insisted, view = await admin.call("PUT", "/connection", {**asked, "replace_licence": True})

    assert (status, problem["code"]) == (409, "licence_worse")
    known = [
        (one["edition"], one["valid_until"]) for one in (problem["stored"], problem["offered"])
    ]
    new = view["licence"]
    assert known == [(one["edition"], one["valid_until"]) for one in (good, new)]
    assert kept["licence"]["valid_until"] == good["valid_until"]
    assert (insisted, new["edition"]) == (200, worse.edition)


@pytest.mark.feature("F35")
async def test_ended_licence_replaces_none(local: Local, admin: Administrator) -> None:
    """
    A licence that has ended is refused, whoever insists, and the good one stays.
    """
    good = await enter(local, admin, DemonstrationLicence())
    ended = {"licence": EXPIRED.code_for(local.stack.organisation), "replace_licence": True}

    status, problem = await admin.call("PUT", "/connection", ended)
    _, kept = await admin.call("GET", "/connection")

    codes = {one["name"]: one["code"] for one in problem["checks"] if one["code"]}
    assert (status, codes) == (422, {"licence": "expired"})
    assert kept["licence"]["valid_until"] == good["valid_until"]


@pytest.mark.feature("F42")
async def test_other_licence_stops_a_job_at_its_next_page(
    local: Local, admin: Administrator
) -> None:
    """
    A licence that becomes a trial pauses a running sync at once, and starts and resumes none.
    """
    await enter(local, admin, DemonstrationLicence())
    await start_anew(local, 4300)
    await local.faults("spotler", SLOW)
    job = await admin.start("contacts_to_spotler")
    await admin.until(job, pages=1)

    await local.stack.write_licence(TRIAL)
    paused = await admin.until(job, state="paused")
    await local.faults("spotler")

    assert paused["reason"] == "licence"
    assert paused["done"] < 4300
    for path, body in (
        (f"/jobs/{job['id']}/resume", None),
        ("/jobs", {"kind": "leads_to_spotler"}),
    ):
        status, problem = await admin.call("POST", path, body)
        assert (status, problem["code"]) == (403, "licence_forbids")


async def end_licence(local: Local) -> None:
    """Let the licence end; a host that starts anew knows at once."""
    await local.stack.write_licence(EXPIRED)
    await local.stack.stop_host()
    await local.stack.start_host()


@pytest.mark.feature("F42")
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/Helsinki", "Pacific/Honolulu"])
async def test_days_and_date_agree(local: Local, admin: Administrator, zone: str) -> None:
    """
    Wherever the customer is, today and the days that are left make the date that is shown.
    """
    local.stack.settings["TIME_ZONE"] = zone
    await local.stack.stop_host()
    await local.stack.start_host()
    tomorrow = datetime.now(AMSTERDAM).date() + timedelta(days=1)
    end = datetime.combine(tomorrow, time(23, 59, 50), AMSTERDAM) - datetime.now(UTC)

    before = datetime.now(ZoneInfo(zone)).date()
    view = await enter(local, admin, DemonstrationLicence(days=end / timedelta(days=1)))
    after = datetime.now(ZoneInfo(zone)).date()

    assert view["valid_until"] == tomorrow.isoformat()
    assert view["days_left"] in {max(0, (tomorrow - today).days) for today in (before, after)}
