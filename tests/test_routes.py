"""Every route of the app: who may call it, tried on the app as the host loads it."""

import importlib
import json
import sys
from collections.abc import Iterator

import azure.functions as func
import pytest

from connector.domain.role import Role
from connector.functions.config_page import PAGES
from connector.functions.manage import guard
from connector.functions.manage.guard import declaration_of, role_of
from tests.example_settings import EXAMPLE_VALUES
from tests.unit.functions.manage.calls import a_call
from tests.unit.functions.world import World, put_everywhere

PUBLIC = {"config_file", "config_page", "dataverse_webhook", "health", "manage_sign_in"}
"""Needs no bearer token: the webhook has a key and a secret of its own, the others tell nothing."""

ROLES = {
    "manage_me": Role.READER,
    "manage_jobs": Role.READER,
    "manage_connection": Role.READER,
    "manage_save_connection": Role.ADMIN,
    "manage_test_connection": Role.ADMIN,
    "manage_job": Role.READER,
    "manage_bookmarks": Role.READER,
    "manage_openapi": Role.READER,
    "manage_record_counts": Role.READER,
    "manage_records": Role.READER,
    "manage_record": Role.READER,
    "manage_export_records": Role.READER,
    "manage_parked": Role.READER,
    "manage_dead_letters": Role.READER,
    "manage_queues": Role.READER,
    "manage_start_job": Role.ADMIN,
    "manage_pause_job": Role.ADMIN,
    "manage_resume_job": Role.ADMIN,
    "manage_cancel_job": Role.ADMIN,
    "manage_send_records": Role.ADMIN,
    "manage_send_all_records": Role.ADMIN,
    "manage_mappings": Role.READER,
    "manage_mapping_examples": Role.ADMIN,
    "manage_columns": Role.READER,
    "manage_save_mappings": Role.ADMIN,
    "manage_restore_mappings": Role.ADMIN,
    "manage_refresh_mappings": Role.ADMIN,
    "manage_send_parked": Role.ADMIN,
    "manage_send_dead_letters": Role.ADMIN,
    "manage_discard_parked": Role.ADMIN,
    "manage_audit": Role.ADMIN,
}
"""Says which role each guarded route needs."""

ODD = (
    *("9999-12-31", "3000-01-01", "2999-12-31", "2000-01-01", "1999-12-31", "0001-01-01"),
    *("2026-02-30", "-1", "0", "1e400", "nan", "true", "9" * 30, "9" * 5000, "2147483648"),
    *("999999999999999999-" + "f" * 32, "contact." + "f" * 32, "lead." + "0" * 32),
    *("constructor", "\0", "\u0661", "\u202e", "' or true", "../..", "a" * 5000, "a.b\n"),
)
"""Are values that somebody may ask for, or try."""

OPEN_TO = {
    Role.READER: {"admin": True, "reader": True, "nobody": False},
    Role.ADMIN: {"admin": True, "reader": False, "nobody": False},
}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> func.FunctionApp:
    """Load the app as a host does, among fakes."""
    for name, value in EXAMPLE_VALUES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    put_everywhere(World(), monkeypatch)
    loaded: func.FunctionApp = importlib.import_module("function_app").app

    return loaded


def routes_of(app: func.FunctionApp) -> Iterator[tuple[str, str, guard.Route]]:
    """Yield the name, each method and the function of every route that is registered."""
    for function in app.get_functions():
        trigger = json.loads(function.get_raw_bindings()[0])
        if trigger["type"] == "httpTrigger":
            assert trigger["methods"], "a route must name its methods, or it takes all"
            for method in trigger["methods"]:
                yield str(function.get_function_name()), method, function.get_user_function()


async def test_every_route_is_guarded(app: func.FunctionApp) -> None:
    """
    A route that stands on no list answers nobody without a token, whatever headers they make up.
    """
    forged = {"X-MS-CLIENT-PRINCIPAL": "eyJyb2xlcyI6WyJDb25uZWN0b3IuQWRtaW4iXX0="}

    for name, method, route in routes_of(app):
        if name in PUBLIC:
            assert role_of(route) is None, f"{name} must be either public or guarded"
        else:
            answer = await route(a_call(method, token=None, headers=forged))
            assert answer.status_code == 401, f"{name} must be guarded"
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_roles_are_these(app: func.FunctionApp) -> None:
    """
    Which role a route needs is written down here, so that nobody changes it by accident.
    """
    needed = {name: role_of(route) for name, _, route in routes_of(app) if name not in PUBLIC}

    assert needed == ROLES


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_noted_call_has_words(app: func.FunctionApp, language: str) -> None:
    """
    Whatever the audit notes is told on the page in words, in each language.
    """
    actions = json.loads((PAGES / f"{language}.json").read_text())["audit"]["actions"]

    for name, method, route in routes_of(app):
        if name in ROLES and (method != "GET" or declaration_of(route).audit):
            module = route.__module__.rpartition(".")[2]
            words = actions[module][route.__name__]
            assert {"did", "wanted"} == words.keys(), f"{name} must have words"


def test_manage_routes_live_in_one_place(app: func.FunctionApp) -> None:
    """
    What is guarded stands under one path, is open for the host, and is checked by the app.
    """
    for function in app.get_functions():
        trigger = json.loads(function.get_raw_bindings()[0])
        if function.get_function_name() in ROLES:
            assert trigger["route"].startswith("manage/")
            assert trigger["authLevel"] == "ANONYMOUS"


@pytest.mark.feature("F60", "F61", "F62", "F63")
@pytest.mark.parametrize("token", ["admin", "reader", "nobody"])
async def test_role_by_route(app: func.FunctionApp, token: str) -> None:
    """
    On each route each role is let in or answered 403, and changes need an administrator.
    """
    for name, method, route in routes_of(app):
        if name in PUBLIC:
            continue

        answer = await route(a_call(method, token=token))
        may = OPEN_TO[ROLES[name]][token]
        assert (answer.status_code != 403) == may, f"{token} on {name}"
        assert method == "GET" or ROLES[name] is Role.ADMIN, f"{name} must be for administrators"


async def test_no_query_breaks_a_route(app: func.FunctionApp) -> None:
    """
    Whatever stands behind the question mark, it is answered, or refused as the caller's fault.
    """
    asked = 0
    for name, method, route in routes_of(app):
        query = declaration_of(route).query
        needed = {"table": "contact"} if name == "manage_columns" else {}
        for parameter in query.model_fields if query else ():
            for value in ODD:
                answer = await route(a_call(method, query=needed | {parameter: value}))
                assert answer.status_code in {200, 304, 400}, f"{name}, {parameter}: {value[:40]}"
                asked += 1

    assert asked > 10 * len(ODD)


async def test_no_path_breaks_a_route(app: func.FunctionApp) -> None:
    """
    Whatever is named in an address, it is there, or refused as the caller's fault.
    """
    for name, method, route in routes_of(app):
        if name not in ROLES:
            continue
        for value in ODD:
            for named in ({"id": value}, {"table": value, "id": value}, {"table": "lead"}):
                answer = await route(a_call(method, body={}, route=named))
                assert answer.status_code < 500, f"{name}: {value[:40]}"
