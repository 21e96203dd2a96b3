"""Mappings: see them with examples, change them as a whole, bring the defaults back."""

from http import HTTPStatus

import azure.functions as func

from connector.adapters.manage_api.columns import AskColumns, ColumnList, ExampleList
from connector.adapters.manage_api.mappings import (
    FaultView,
    MappingsView,
    Nothing,
    SavedMappingsView,
    SaveMappings,
)
from connector.application.edit_mappings import SavedMappings, restore_mappings, save_mappings
from connector.application.show_mappings import (
    Shown,
    refresh_mappings,
    show_examples,
    show_mappings,
)
from connector.bootstrap import services
from connector.domain.caller import Caller
from connector.domain.mapping_errors import InvalidMappingsError
from connector.domain.role import Role
from connector.functions.manage.audit_subjects import find_mappings
from connector.functions.manage.freshness import shown
from connector.functions.manage.guard import guarded
from connector.functions.manage.problems import RefusedError
from connector.functions.manage.reading import read_body, read_query
from connector.functions.manage.releasing import release

bp = func.Blueprint()


@bp.function_name("manage_mappings")
@bp.route("manage/mappings", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, answers=MappingsView)
async def show(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show all mappings and what could be mapped; the ETag is for who changes them."""
    return _told(await show_mappings(keeping=services().mapping_keeping))


@bp.function_name("manage_mapping_examples")
@bp.route("manage/mappings/examples", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, answers=ExampleList, audit=True)
async def examples(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show what the mappings make of the newest contact and lead."""
    return shown(ExampleList.of(await show_examples(keeping=services().mapping_keeping)))


@bp.function_name("manage_columns")
@bp.route("manage/columns", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER, query=AskColumns, answers=ColumnList)
async def list_columns(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Show the columns that a table has."""
    asked = read_query(req, AskColumns)
    columns = await services().mapping_keeping.columns.list_columns(asked.table)

    return shown(ColumnList.of(columns, asked.lcid))


@bp.function_name("manage_save_mappings")
@bp.route("manage/mappings", methods=["PUT"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(
    Role.ADMIN, takes=SaveMappings, answers=SavedMappingsView, etag=True, subject=find_mappings
)
async def save(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Store these mappings as all there are, unless somebody changed them meanwhile."""
    wishes = read_body(req, SaveMappings).to_wishes()
    try:
        saved = await save_mappings(
            wishes,
            version=_version(req),
            keeping=services().mapping_keeping,
            saved_by=caller.object_id,
        )
    except InvalidMappingsError as exc:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid_mappings",
            str(exc),
            errors=[FaultView.of(one).model_dump(mode="json") for one in exc.faults],
        ) from exc

    return await _saved(saved)


@bp.function_name("manage_restore_mappings")
@bp.route("manage/mappings/restore", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=Nothing, answers=SavedMappingsView, subject=find_mappings)
async def restore(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:
    """Bring back the defaults that were deleted."""
    read_body(req, Nothing)
    keeping = services().mapping_keeping

    return await _saved(await restore_mappings(keeping=keeping, saved_by=caller.object_id))


@bp.function_name("manage_refresh_mappings")
@bp.route("manage/mappings/refresh", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.ADMIN, takes=Nothing, answers=MappingsView)
async def refresh(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Read Spotler's fields and the CRM's columns anew."""
    read_body(req, Nothing)
    known = services()
    refreshed = await refresh_mappings(keeping=known.mapping_keeping)
    await release(known)

    return _told(refreshed)


def _version(req: func.HttpRequest) -> str:
    """Return which mappings the caller has seen."""
    given = str(req.headers.get("if-match", "")).strip().removeprefix("W/").strip('"')
    if not given:
        raise RefusedError(
            HTTPStatus.PRECONDITION_REQUIRED,
            "if_match_needed",
            "the ETag of the mappings that were seen must come in If-Match",
        )

    return given


def _told(known: Shown) -> func.HttpResponse:
    return shown(MappingsView.of(known), headers=_etag(known))


async def _saved(saved: SavedMappings) -> func.HttpResponse:
    await release(services())
    known = await show_mappings(keeping=services().mapping_keeping)

    return shown(SavedMappingsView.of(saved, known), headers=_etag(known))


def _etag(known: Shown) -> dict[str, str]:
    return {"ETag": f'"{known.known.version}"'}
