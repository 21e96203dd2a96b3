"""Secures, masks, deletes and makes columns anew over HTTP, as an administrator would.

| route under `/_devstack/columns` | does |
|---|---|
| GET `/{table}` | shows what differs from usual |
| PUT `/{table}/{column}` | replaces what differs: the fields of `ColumnSettings` |
| DELETE `/{table}/{column}` | deletes the column |
| POST `/{table}/{column}` | makes a deleted column anew, and empty |
"""

from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from devstack.dataverse.columns import ColumnError, ColumnSettings
from devstack.dataverse.schema.table import Table
from devstack.dataverse.writing.environment import Environment
from devstack.json_reading import read_json

_TABLE = "/_devstack/columns/{table}"
_COLUMN = _TABLE + "/{column}"


def column_routes(environment: Environment) -> list[web.RouteDef]:
    """Return the routes that change the columns of an environment."""
    control = _Control(environment)

    return [
        web.get(_TABLE, control.show),
        web.put(_COLUMN, control.change),
        web.delete(_COLUMN, control.delete),
        web.post(_COLUMN, control.make_anew),
    ]


class _Control:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._environment.columns.show(self._table(request).name))

    async def change(self, request: web.Request) -> web.Response:
        try:
            wanted = read_json(await request.read())
        except ValueError as exc:
            raise web.HTTPBadRequest(text="the settings must be a JSON object") from exc

        if not isinstance(wanted, dict):
            raise web.HTTPBadRequest(text="the settings must be a JSON object")

        columns = self._environment.columns
        table, name = self._table(request), request.match_info["column"]

        return _done(lambda: columns.change(table, name, ColumnSettings.parse(wanted)))

    async def delete(self, request: web.Request) -> web.Response:
        columns, table = self._environment.columns, self._table(request)

        return _done(lambda: columns.delete(table, request.match_info["column"]))

    async def make_anew(self, request: web.Request) -> web.Response:
        columns, table = self._environment.columns, self._table(request)

        return _done(lambda: columns.make_anew(table, request.match_info["column"]))

    def _table(self, request: web.Request) -> Table:
        name = request.match_info["table"]
        table = self._environment.catalogue.find(name)
        if table is None:
            raise web.HTTPNotFound(text=f"there is no table {name}")

        return table


def _done(change: Callable[[], None]) -> web.Response:
    try:
        change()
    except ColumnError as exc:
        raise web.HTTPBadRequest(text=str(exc)) from exc

    return web.Response(status=HTTPStatus.NO_CONTENT)
