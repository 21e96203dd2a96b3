"""Initial syncs: start one, watch it from anywhere, pause, resume and cancel it."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import azure.functions as func

from connector.adapters.manage_api.jobs import BookmarkList, JobList, JobView, StartJob
from connector.application.control_jobs import cancel_job, pause_job, resume_job, start_job
from connector.application.read_storage import read_storage
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.job import Job
from connector.domain.role import Role
from connector.functions.manage.audit_subjects import find_job
from connector.functions.manage.freshness import fresh, shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.problems import RefusedError
from connector.functions.manage.reading import read_body

bp = func.Blueprint()

LIST_SECONDS: Final = 10.0
"""Somebody waits for the list, which is short."""


@bp.function_name("manage_jobs")
@bp.route("manage/jobs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=JobList)
async def list_jobs(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show all jobs, the newest first."""
    return fresh(
        req, JobList.of(await read_storage(services().jobs.store.list_jobs(), LIST_SECONDS))
    )


@bp.function_name("manage_start_job")
@bp.route("manage/jobs", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=StartJob, answers=JobView, status=HTTPStatus.ACCEPTED, subject=find_job)
async def start(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Start a job or a preview, unless another of its stream is running or paused."""
    known = services()
    asked = read_body(req, StartJob)
    _check_confirmed(asked, known.settings.dataverse_url)
    job = await start_job(
        asked.kind,
        jobs=known.jobs,
        page=known.page_work(),
        started_by=caller.object_id,
        licence_allows=await known.allows_initial_sync(),
        preview=asked.preview,
        anew=asked.anew,
    )

    return _accepted(job)


@bp.function_name("manage_job")
@bp.route("manage/jobs/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=JobView)
async def show_job(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show how far a job is."""
    return fresh(req, JobView.of(await services().jobs.get(_id(req))))


@bp.function_name("manage_pause_job")
@bp.route("manage/jobs/{id}/pause", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, answers=JobView, status=HTTPStatus.ACCEPTED, subject=find_job)
async def pause(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Pause a running job; the page under way is still finished."""
    return _accepted(await pause_job(_id(req), jobs=services().jobs))


@bp.function_name("manage_resume_job")
@bp.route("manage/jobs/{id}/resume", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, answers=JobView, status=HTTPStatus.ACCEPTED, subject=find_job)
async def resume(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Let a paused job go on where it stands."""
    known = services()
    allowed = await known.allows_initial_sync()

    return _accepted(await resume_job(_id(req), jobs=known.jobs, licence_allows=allowed))


@bp.function_name("manage_cancel_job")
@bp.route("manage/jobs/{id}/cancel", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, answers=JobView, status=HTTPStatus.ACCEPTED, subject=find_job)
async def cancel(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """End a job before its time; what was sent stays sent."""
    return _accepted(await cancel_job(_id(req), jobs=services().jobs))


@bp.function_name("manage_bookmarks")
@bp.route("manage/bookmarks", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=BookmarkList)
async def list_bookmarks(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show how far each stream has come, and whether to its end."""
    return fresh(req, BookmarkList.of(await services().jobs.bookmarks.list_bookmarks()))


def _check_confirmed(asked: StartJob, url: str) -> None:
    """Let nobody write to the contacts of an environment without having named it."""
    named = (asked.confirmation or "").strip().casefold()
    if asked.needs_confirmation and named != (urlsplit(url).hostname or "").casefold():
        raise RefusedError(
            HTTPStatus.BAD_REQUEST,
            "confirmation_needed",
            "the confirmation must be the host name of the environment that is written",
        )


def _id(req: func.HttpRequest) -> str:
    return str(req.route_params.get("id", ""))


def _accepted(job: Job) -> func.HttpResponse:
    where = {"Location": f"/api/manage/jobs/{job.id}"}

    return shown(JobView.of(job), HTTPStatus.ACCEPTED, where)
