"""Steers the simulator over HTTP: for tests, and for who wants to look inside.

| route | does |
|---|---|
| POST `/_devstack/seed` | makes up people: count, seed, table (contact or lead), events |
| POST `/_devstack/reset` | empties all tables but users, messages and steps; resets columns |
| GET `/_devstack/tables/{table}` | dumps all rows; `?columns=a,b` only these columns |
| any `/_devstack/user/{path}` | the Web API without a token, as a person instead of our own user |
| POST `/_devstack/restore/{table}/{id}` | restores a deleted row |
| PUT `/_devstack/hidden` | hides rows from our own user: a list of ids, which replaces the last |
| PUT `/_devstack/organisation` | gives the organisation another id, as a restore does: `id` |
| DELETE `/_devstack/tokens` | makes every token that was handed out worthless |
"""

import dataclasses
import json
from http import HTTPStatus

from aiohttp import web

from devstack.dataverse.api.endpoint import read_request, sent, shared_variables
from devstack.dataverse.api.web_api import WebApi
from devstack.dataverse.entra.tokens import TokenIssuer
from devstack.dataverse.events.pipeline import EventPipeline
from devstack.dataverse.foundation import ADMINISTRATOR
from devstack.dataverse.guids import parse_guid
from devstack.dataverse.json_values import to_json
from devstack.dataverse.schema.processing import processing_tables
from devstack.dataverse.seed import Seed, plant
from devstack.dataverse.writing.environment import Caller, Environment

_USER = "/_devstack/user/"
_KEPT = {table.name for table in processing_tables()} - {"asyncoperation"}
_FOUNDATION = {"organization", "businessunit", "systemuser", "team", "transactioncurrency"}


class Control:
    """The control routes of one environment."""

    def __init__(
        self, environment: Environment, api: WebApi, tokens: TokenIssuer, events: EventPipeline
    ) -> None:
        """Steer this environment."""
        self._environment = environment
        self._api = api
        self._tokens = tokens
        self._events = events
        self._organisation = environment.options.organisation_id

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        return [
            web.post("/_devstack/seed", self._seed),
            web.post("/_devstack/reset", self._reset),
            web.get("/_devstack/tables/{table}", self._dump),
            web.route("*", _USER + "{path:.*}", self._as_user),
            web.post("/_devstack/restore/{table}/{id}", self._restore),
            web.put("/_devstack/hidden", self._hide),
            web.put("/_devstack/organisation", self._rename_organisation),
            web.delete("/_devstack/tokens", self._forget_tokens),
        ]

    async def _seed(self, request: web.Request) -> web.Response:
        try:
            seed = Seed(**await request.json())
        except (TypeError, ValueError) as exc:
            raise web.HTTPBadRequest(text=f"not a seed: {exc}") from exc

        if self._environment.catalogue.find(seed.table) is None:
            raise web.HTTPBadRequest(text=f"there is no table {seed.table}")

        ids = await plant(self._environment, seed)

        return web.json_response({**dataclasses.asdict(seed), "ids": ids})

    async def _reset(self, _: web.Request) -> web.Response:
        for table in self._environment.catalogue:
            if table.name not in _KEPT | _FOUNDATION:
                self._environment.store.clear(table.name)

        self._environment.bin.clear()
        self._environment.columns.reset()
        self._environment.hidden = frozenset()
        self._be_organisation(self._organisation)

        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _dump(self, request: web.Request) -> web.Response:
        table = self._environment.catalogue.find(request.match_info["table"])
        if table is None:
            raise web.HTTPNotFound(text="there is no such table")

        names = request.query.get("columns")
        wanted = set(names.split(",")) if names else None
        rows = [
            {name: to_json(v) for name, v in row.values.items() if wanted is None or name in wanted}
            for row in self._environment.store.walk(table.name)
        ]

        return web.json_response({"table": table.name, "count": len(rows), "rows": rows})

    async def _as_user(self, request: web.Request) -> web.Response:
        path, _, query = request.raw_path.removeprefix(_USER).partition("?")
        caller = Caller(ADMINISTRATOR, sees_secured=True, shared_variables=shared_variables(query))
        body = await request.read()

        return sent(self._api.handle(read_request(request, path, query, body, caller)), {})

    async def _restore(self, request: web.Request) -> web.Response:
        """Restore a row as an administrator does, by the action of the Web API."""
        found = self._environment.catalogue.find(request.match_info["table"])
        if found is None:
            raise web.HTTPNotFound(text="there is no such table")

        target = {"@odata.id": f"{found.set_name}({request.match_info['id']})"}
        body = json.dumps({"Target": target}).encode()
        asked = dataclasses.replace(
            read_request(request, "Restore", "", body, Caller(ADMINISTRATOR, sees_secured=True)),
            method="POST",
            headers={"content-type": "application/json"},
        )

        return sent(self._api.handle(asked), {})

    async def _hide(self, request: web.Request) -> web.Response:
        given = await request.json()
        ids = [parse_guid(one) for one in given] if isinstance(given, list) else [None]
        if None in ids:
            raise web.HTTPBadRequest(text="not a list of ids")

        self._environment.hidden = frozenset(one for one in ids if one is not None)

        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _rename_organisation(self, request: web.Request) -> web.Response:
        given = await request.json()
        id_ = parse_guid(str(given.get("id"))) if isinstance(given, dict) else None
        if id_ is None:
            raise web.HTTPBadRequest(text="not an id of an organisation")

        self._be_organisation(id_)

        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _be_organisation(self, id_: str) -> None:
        """Let WhoAmI, the events and the row of the organisation tell this id."""
        environment = self._environment
        held = environment.store.delete("organization", environment.options.organisation_id)
        environment.store.insert("organization", held.values, id_)
        environment.options = dataclasses.replace(environment.options, organisation_id=id_)
        self._events.be_organisation(id_)

    async def _forget_tokens(self, _: web.Request) -> web.Response:
        self._tokens.forget_all()

        return web.Response(status=HTTPStatus.NO_CONTENT)
