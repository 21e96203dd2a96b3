"""The description of all manage routes, for programs: made of what each route declares."""

import functools
import inspect
import json
from collections.abc import Callable, Iterable, Iterator

import azure.functions as func

from connector.adapters.manage_api.openapi import Operation, describe
from connector.domain.caller import Caller
from connector.domain.product import VERSION
from connector.domain.role import Role
from connector.functions.manage.guard import declaration_of, guarded

bp = func.Blueprint()


@bp.function_name("manage_openapi")
@bp.route("manage/openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded(Role.READER)
async def openapi(req: func.HttpRequest, caller: Caller) -> func.HttpResponse:  # noqa: ARG001 - contract
    """Describe the manage routes as OpenAPI."""
    return func.HttpResponse(_document(), mimetype="application/json")


@functools.cache
def _document() -> str:
    from connector.functions.manage import BLUEPRINTS  # noqa: PLC0415 - it lists this one too

    return json.dumps(describe([*operations_of(BLUEPRINTS)], version=VERSION))


def operations_of(blueprints: Iterable[func.Blueprint]) -> Iterator[Operation]:
    """Yield each operation of the routes, as the host finds them."""
    app = func.FunctionApp()
    for blueprint in blueprints:
        app.register_functions(blueprint)

    for function in app.get_functions():
        trigger = json.loads(function.get_raw_bindings()[0])
        for method in trigger["methods"]:
            name, route = str(function.get_function_name()), function.get_user_function()
            yield _operation(name, str(trigger["route"]), str(method), route)


def _operation(name: str, path: str, method: str, route: Callable[..., object]) -> Operation:
    declared = declaration_of(route)
    doc = inspect.getdoc(route) or ""

    return Operation(
        path=path,
        method=method,
        name=name,
        summary=doc.partition("\n")[0].removesuffix("."),
        role=declared.role,
        answers=declared.answers,
        takes=declared.takes,
        query=declared.query,
        status=declared.status,
        media=declared.media,
        etag=declared.etag,
    )
