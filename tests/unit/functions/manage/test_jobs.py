"""The routes of initial syncs: what they answer, and to whom."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest

from connector.application.work_by_kind import WorkByKind
from connector.bootstrap import Services
from connector.domain.cause import Cause, CauseCode
from connector.domain.errors import TransientError
from connector.domain.job import Job, JobState, StopReason
from connector.domain.tally import Tally
from connector.functions.manage import jobs
from tests.builders import NOW, a_person
from tests.jobs import STARTED_BY, a_job
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

ID = a_job().id


def a_call_of(job: str, method: str = "POST", **headers: str) -> func.HttpRequest:
    """Return a request whose route names a job."""
    call = a_call(method, body=None if method == "GET" else {}, headers=headers)

    return func.HttpRequest(
        method=method,
        url=call.url,
        headers=dict(call.headers),
        route_params={"id": job},
        body=call.get_body(),
    )


def said(answer: func.HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.get_body()))


@pytest.mark.feature("F40")
async def test_start_is_accepted(world: World) -> None:
    """
    A started job is answered with 202, where to watch it, and who started what of how many.
    """
    world.crm.put(a_person(), a_person())

    answer = await jobs.start(a_call("POST", body={"kind": "contacts_to_spotler"}))

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/manage/jobs/{ID}"
    shown = said(answer)
    assert (shown["started_by"], shown["state"], shown["total"]) == (
        "object-id-of-admin",
        "running",
        2,
    )


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        pytest.param({}, "kind: ", id="nothing"),
        pytest.param({"kind": "jan@example.nl"}, "'leads_to_spotler'", id="unknown kind"),
        pytest.param(
            {"kind": "leads_to_spotler", "jan@example.nl": True},
            "an unknown member: ",
            id="a member too many",
        ),
        pytest.param(["leads_to_spotler"], "the body: ", id="a list"),
        pytest.param(b"{", "the body: ", id="broken"),
    ],
)
async def test_unclear_start_is_refused(world: World, body: object, wrong: str) -> None:
    """
    Who does not say clearly what to start is told what is wrong, and no value comes back.
    """
    answer = await jobs.start(a_call("POST", body=body))

    assert told(answer) == (400, "invalid_body")
    assert wrong in said(answer)["detail"]
    assert b"jan@" not in answer.get_body()
    assert world.jobs.store.rows == {}


@pytest.mark.parametrize("said_host", [None, "", "crm4.dynamics.com", "contoso.crm4.dynamics.com."])
async def test_writing_contacts_is_confirmed(world: World, said_host: str | None) -> None:
    """
    Nobody writes to the contacts of the CRM without the host name of the environment.
    """
    body = {"kind": "contacts_to_dataverse", "confirmation": said_host}

    answer = await jobs.start(a_call("POST", body=body))

    assert told(answer) == (400, "confirmation_needed")
    assert world.jobs.store.rows == {}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"confirmation": " Contoso.CRM4.dynamics.com"}, id="confirmed"),
        pytest.param({"preview": True}, id="a preview needs none"),
    ],
)
async def test_confirmed_start_is_accepted(world: World, body: dict[str, object]) -> None:
    """
    Who names the environment, in whatever case, starts the sync; a preview starts without.
    """
    answer = await jobs.start(a_call("POST", body={"kind": "contacts_to_dataverse", **body}))

    assert answer.status_code == 202
    shown = said(answer)
    assert (shown["total"], shown["preview"]) == (None, "preview" in body)


async def test_kind_without_work_is_refused(world: World) -> None:
    """
    What nobody does is refused before anything is written.
    """
    unknown = WorkByKind({})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Services, "page_work", lambda _: unknown)
        answer = await jobs.start(a_call("POST", body={"kind": "leads_to_spotler"}))

    assert told(answer) == (422, "job_unavailable")
    assert world.jobs.store.rows == {}


async def test_second_start_is_refused(world: World) -> None:
    """
    While a job is paused another of its kind does not begin.
    """
    await world.jobs.store.save(a_job(state=JobState.PAUSED))

    answer = await jobs.start(a_call("POST", body={"kind": "contacts_to_spotler"}))

    assert told(answer) == (409, "job_running")


@pytest.mark.feature("F42")
async def test_licence_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A licence that does not allow it starts and resumes nothing.
    """

    async def forbid(_: Services) -> bool:
        return False

    monkeypatch.setattr(Services, "allows_initial_sync", forbid)
    await world.jobs.store.save(a_job(state=JobState.PAUSED))

    for answer in (
        await jobs.start(a_call("POST", body={"kind": "leads_to_spotler"})),
        await jobs.resume(a_call_of(ID)),
    ):
        assert told(answer) == (403, "licence_forbids")


async def test_job_goes_through_its_states(world: World) -> None:
    """
    A job is paused, resumed and cancelled; what does not fit its state is refused.
    """
    await world.jobs.store.save(a_job())

    states = [
        said(await route(a_call_of(ID)))["state"]
        for route in (jobs.pause, jobs.resume, jobs.cancel)
    ]

    assert states == ["paused", "running", "cancelled"]
    for route in (jobs.pause, jobs.resume, jobs.cancel):
        assert told(await route(a_call_of(ID))) == (409, "job_state")


@pytest.mark.parametrize("job", ["contacts_to_spotler-000009", ""])
async def test_unknown_job_is_not_found(world: World, job: str) -> None:
    """
    A job that is not there is answered 404 on each of its routes.
    """
    for route in (jobs.pause, jobs.resume, jobs.cancel):
        assert told(await route(a_call_of(job))) == (404, "job_not_found")
    assert told(await jobs.show_job(a_call_of(job, "GET"))) == (404, "job_not_found")


@pytest.mark.feature("F40", "F41", "F108")
async def test_progress_is_shown(world: World) -> None:
    """
    Everybody sees how far a job is, how fast it goes, how long it takes, and why it waits.
    """
    await world.jobs.store.save(
        a_job(
            state=JobState.PAUSED,
            reason=StopReason.GAVE_UP,
            total=3000,
            tally=Tally(
                900,
                70,
                30,
                {"created": 5, "field:city": 4, "reason:no_email": 70, "not_in_dynamics": 3},
            ),
            page=1,
            worked=timedelta(seconds=20),
            pace=50.0,
            cursor="contacts?$skiptoken=secret",
            moved_at=NOW + timedelta(seconds=20),
            cause=Cause(CauseCode.CONFIGURATION, "the table must be there"),
        )
    )

    shown = said(await jobs.show_job(a_call_of(ID, "GET")))

    assert shown == {
        "id": ID,
        "kind": "contacts_to_spotler",
        "state": "paused",
        "reason": "gave_up",
        "started_by": STARTED_BY,
        "started_at": "2026-11-23T12:00:00Z",
        "moved_at": "2026-11-23T12:00:20Z",
        "finished_at": None,
        "waits_until": None,
        "cause": "configuration",
        "cause_detail": "the table must be there",
        "total": 3000,
        "done": 1000,
        "in_sync": 900,
        "excluded": 70,
        "failed": 30,
        "page": 1,
        "per_second": 50.0,
        "seconds_left": 40.0,
        "preview": False,
        "anew": False,
        "at_risk": {},
        "details": {
            "created": 5,
            "changed": 0,
            "unchanged": 0,
            "not_looked_up": 0,
            "compared": 0,
            "not_in_dynamics": 3,
        },
        "fields": {"city": 4},
        "reasons": {"no_email": 70},
    }


async def test_only_news_is_told(world: World) -> None:
    """
    Who has the present state is told so in a word, by any of the ETags that they have.
    """
    job = await world.jobs.store.save(a_job())
    assert job is not None
    etag = (await jobs.show_job(a_call_of(ID, "GET"))).headers["ETag"]
    known = {"If-None-Match": f'"older", W/{etag}'}

    same = await jobs.show_job(a_call_of(ID, "GET", **known))
    await world.jobs.store.save(job.paused(NOW))
    changed = await jobs.show_job(a_call_of(ID, "GET", **known))

    assert (same.status_code, same.get_body(), same.headers["ETag"]) == (304, b"", etag)
    assert (changed.status_code, changed.headers["ETag"] == etag) == (200, False)


async def test_list_that_hangs_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Somebody who looks at the jobs while the tables hang is told so within seconds.
    """

    async def hang() -> Sequence[Job]:
        return await asyncio.Future()

    monkeypatch.setattr(jobs, "LIST_SECONDS", 0)
    monkeypatch.setattr(world.jobs.store, "list_jobs", hang)

    answer = await jobs.list_jobs(a_call())

    assert (answer.status_code, said(answer)["code"]) == (503, "try_again_later")


@pytest.mark.feature("F109", "F111", "F117", "F118")
async def test_lists_are_shown(world: World) -> None:
    """
    All jobs are listed, and of each stream the bookmark with PageNumber and IsProcessed.
    """
    await jobs.start(a_call("POST", body={"kind": "leads_to_spotler"}))

    listed = said(await jobs.list_jobs(a_call()))["jobs"]
    marks = said(await jobs.list_bookmarks(a_call()))["bookmarks"]

    assert [one["id"] for one in listed] == ["leads_to_spotler-000001"]
    assert marks == [
        {
            "stream": "leads_to_spotler",
            "PageNumber": 0,
            "IsProcessed": False,
            "started_at": "2026-11-23T12:00:00Z",
            "finished_at": None,
            "in_sync": 0,
            "excluded": 0,
            "failed": 0,
        }
    ]


async def test_crm_that_is_away_is_said(world: World) -> None:
    """
    When the CRM cannot count its rows nothing is started, and one may try again.
    """
    world.crm.errors = [TransientError("the CRM must be reachable")]

    answer = await jobs.start(a_call("POST", body={"kind": "leads_to_spotler"}))

    assert told(answer) == (503, "try_again_later")
    assert world.jobs.store.rows == {}
