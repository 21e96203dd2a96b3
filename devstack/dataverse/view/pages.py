"""Lists people, and changes them through the same door as every other write."""

import json
import urllib.parse
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from devstack.dataverse.api.message import ROOT, ApiRequest, ApiResponse
from devstack.dataverse.api.web_api import WebApi
from devstack.dataverse.errors import NAMESPACE
from devstack.dataverse.foundation import ADMINISTRATOR
from devstack.dataverse.json_values import to_json
from devstack.dataverse.schema.table import Kind, Table
from devstack.dataverse.store import Row
from devstack.dataverse.view import html
from devstack.dataverse.writing.environment import Caller, Environment

_SHOWN = 50
_EDITED = (
    "firstname",
    "middlename",
    "lastname",
    "companyname",
    "jobtitle",
    "emailaddress1",
    "telephone1",
    "mobilephone",
    "address1_line1",
    "address1_postalcode",
    "address1_city",
    "address1_country",
    "birthdate",
    "gendercode",
    "statecode",
    "donotbulkemail",
)
_INPUTS = {Kind.DATE: "date", Kind.CHOICE: "number", Kind.STATE: "number"}


class View:
    """The pages of one environment."""

    def __init__(self, environment: Environment, api: WebApi) -> None:
        """Show this environment."""
        self._environment = environment
        self._api = api

    def routes(self) -> list[web.RouteDef]:
        """Return the pages."""
        one = "/_devstack/{table:contact|lead}"

        return [
            web.get("/_devstack/", self._start),
            web.get(one, self._list),
            web.get(f"{one}/new", self._new),
            web.post(f"{one}/new", self._create),
            web.get(one + "/{id}", self._show),
            web.post(one + "/{id}", self._change),
            web.post(one + "/{id}/delete", self._delete),
            web.post(one + "/{id}/qualify", self._qualify),
        ]

    async def _start(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/_devstack/contact")

    async def _list(self, request: web.Request) -> web.Response:
        table = self._table(request)
        wanted = request.query.get("q", "")
        rows = self._found(table, wanted.casefold())
        total = self._environment.store.count(table.name)
        search = (
            f'<form><input name="q" value="{html.escape(wanted)}"><button>Zoek</button></form> '
        )
        shown = (
            (
                html.link(str(row.get("fullname") or "(geen naam)"), _address(table, row.id)),
                html.escape(row.get("emailaddress1")),
                html.escape(row.get("address1_city")),
                html.escape(row.get("modifiedon")),
            )
            for row in rows
        )

        return _page(
            table.label,
            search,
            html.link("Nieuw", f"/_devstack/{table.name}/new"),
            html.table(("Naam", "E-mail", "Plaats", "Gewijzigd"), shown),
            f"<p>{len(rows)} van {total}</p>",
        )

    async def _new(self, request: web.Request) -> web.Response:
        table = self._table(request)

        return _page(f"{table.label}: nieuw", _form(table, {}))

    async def _create(self, request: web.Request) -> web.Response:
        table = self._table(request)
        given = await _given(request)
        body = {name: value for name, value in _typed(table, given).items() if value is not None}
        answer = self._call("POST", table.set_name, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            return _refused(table, given, answer)

        row_id = answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")
        raise web.HTTPSeeOther(_address(table, row_id))

    async def _show(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        address = _address(table, row.id)
        buttons = html.button("Verwijder", f"{address}/delete")
        if table.name == "lead":
            buttons += html.button("Kwalificeer", f"{address}/qualify")

        values = {name: to_json(row.get(name)) for name in _EDITED}

        return _page(str(row.get("fullname") or table.label), _form(table, values), buttons)

    async def _change(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        given = await _given(request)
        changes = {
            name: value
            for name, value in _typed(table, given).items()
            if value != to_json(row.get(name))
        }
        answer = self._call("PATCH", f"{table.set_name}({row.id})", changes)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            return _refused(table, given, answer)

        raise web.HTTPSeeOther(_address(table, row.id))

    async def _delete(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        self._call("DELETE", f"{table.set_name}({row.id})", {})

        raise web.HTTPSeeOther(f"/_devstack/{table.name}")

    async def _qualify(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        wish = {"CreateAccount": False, "CreateContact": True, "CreateOpportunity": False}
        path = f"{table.set_name}({row.id})/{NAMESPACE}.QualifyLead"
        answer = self._call("POST", path, {**wish, "Status": 3})
        if answer.status >= HTTPStatus.BAD_REQUEST:
            return _refused(table, {}, answer)

        raise web.HTTPSeeOther(_address(table, row.id))

    def _table(self, request: web.Request) -> Table:
        table = self._environment.catalogue.find(request.match_info["table"])
        if table is None:
            raise web.HTTPNotFound(text="Sales is not installed")

        return table

    def _row(self, request: web.Request, table: Table) -> Row:
        row = self._environment.store.find(table.name, request.match_info["id"])
        if row is None:
            raise web.HTTPNotFound(text="there is no such row")

        return row

    def _found(self, table: Table, wanted: str) -> list[Row]:
        rows = self._environment.store.walk(table.name)
        found = (row for row in rows if not wanted or wanted in _haystack(row))

        return [row for row, _ in zip(found, range(_SHOWN), strict=False)]

    def _call(self, method: str, path: str, body: dict[str, object]) -> ApiResponse:
        return self._api.handle(
            ApiRequest(
                method=method,
                path=path,
                query="",
                headers={"content-type": "application/json"},
                body=json.dumps(body).encode(),
                root=ROOT,
                caller=Caller(ADMINISTRATOR),
            )
        )


def _haystack(row: Row) -> str:
    return f"{row.get('fullname')} {row.get('emailaddress1')} {row.id}".casefold()


def _address(table: Table, row_id: str) -> str:
    return f"/_devstack/{table.name}/{urllib.parse.quote(row_id)}"


async def _given(request: web.Request) -> dict[str, str]:
    form = await request.post()

    return {name: str(value).strip() for name, value in form.items()}


def _form(table: Table, values: Mapping[str, object]) -> str:
    fields = "".join(
        html.field(name, column.label, values.get(name), _INPUTS.get(column.kind, "text"))
        for name in _EDITED
        if (column := table.columns.get(name)) is not None
    )

    return f'<form method="post">{fields}<button>Bewaar</button></form>'


def _typed(table: Table, given: dict[str, str]) -> dict[str, object]:
    """Read the fields of a form; what cannot be read is left for the Web API to refuse."""
    return {
        name: _value(table.columns[name].kind, text)
        for name, text in given.items()
        if name in table.columns and name in _EDITED
    }


def _value(kind: Kind, text: str) -> object:
    if not text:
        return None

    if kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text.lower(), text)

    if kind in {Kind.CHOICE, Kind.STATE} and text.isdigit():
        return int(text)

    return text


def _refused(table: Table, given: dict[str, str], answer: ApiResponse) -> web.Response:
    message = json.loads(answer.body)["error"]["message"]
    form = _form(table, given)

    return _page(f"{table.label}: geweigerd", html.error(message), form, status=answer.status)


def _page(title: str, *parts: str, status: int = 200) -> web.Response:
    return web.Response(
        text=html.page(title, *parts),
        content_type="text/html",
        status=status,
        headers=html.HEADERS,
    )
