"""Lists people, and changes them through the same door as every other write."""

import heapq
import json
import operator
import urllib.parse
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from devstack.dataverse.api.message import ROOT, ApiRequest, ApiResponse
from devstack.dataverse.api.web_api import WebApi
from devstack.dataverse.errors import NAMESPACE
from devstack.dataverse.foundation import ADMINISTRATOR
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row
from devstack.dataverse.view import html
from devstack.dataverse.view.forms import form, given_in, typed, values_of
from devstack.dataverse.writing.environment import Caller, Environment
from devstack.faults import Handler

_SHOWN = 50
_SHOWN_TABLES = frozenset({"contact", "lead"})
_SAME_SITE = frozenset({"same-origin", "none"})


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
            web.get("/main.aspx", self._open),
            web.get("/_devstack/", self._start),
            web.get(one, self._list),
            web.get(f"{one}/new", self._new),
            web.post(f"{one}/new", from_own_page(self._create)),
            web.get(one + "/{id}", self._show),
            web.post(one + "/{id}", from_own_page(self._change)),
            web.post(one + "/{id}/delete", from_own_page(self._delete)),
            web.post(one + "/{id}/qualify", from_own_page(self._qualify)),
        ]

    async def _start(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/_devstack/contact")

    async def _open(self, request: web.Request) -> web.Response:
        """Lead from the address of a form in Dynamics to the page of that row.

        https://learn.microsoft.com/power-apps/developer/model-driven-apps/open-forms-views-dialogs-reports-url
        """
        table = self._environment.catalogue.find(request.query.get("etn", ""))
        row_id = request.query.get("id", "").strip("{}").lower()
        if table is None or table.name not in _SHOWN_TABLES or not row_id:
            raise web.HTTPNotFound(text="only forms of contacts and leads can be opened")

        raise web.HTTPFound(_address(table, row_id))

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

        return _page(f"{table.label}: nieuw", form(table, {}, _address(table, "new")))

    async def _create(self, request: web.Request) -> web.Response:
        table = self._table(request)
        given = await given_in(request)
        body = {name: value for name, value in typed(table, given).items() if value is not None}
        answer = self._call("POST", table.set_name, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            again = form(table, given, _address(table, "new"))
            return _page(f"{table.label}: geweigerd", _reason(answer), again, status=answer.status)

        row_id = answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")
        raise web.HTTPSeeOther(_address(table, row_id))

    async def _show(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)

        return _row_page(table, row, values_of(row))

    async def _change(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        given = await given_in(request)
        shown = values_of(row)
        changes = {name: v for name, v in typed(table, given).items() if v != shown[name]}
        answer = self._call("PATCH", f"{table.set_name}({row.id})", changes)

        return _done(table, row, answer, then=_address(table, row.id), values=given)

    async def _delete(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        answer = self._call("DELETE", f"{table.set_name}({row.id})", {})

        return _done(table, row, answer, then=f"/_devstack/{table.name}")

    async def _qualify(self, request: web.Request) -> web.Response:
        table = self._table(request)
        row = self._row(request, table)
        wish = {"CreateAccount": False, "CreateContact": True, "CreateOpportunity": False}
        path = f"{table.set_name}({row.id})/{NAMESPACE}.QualifyLead"
        answer = self._call("POST", path, {**wish, "Status": 3})

        return _done(table, row, answer, then=_address(table, row.id))

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
        """Return the rows that were changed last."""
        rows = self._environment.store.rows(table.name)
        found = (row for row in rows if not wanted or wanted in _haystack(row))

        return heapq.nlargest(_SHOWN, found, key=operator.attrgetter("version"))

    def _call(self, method: str, path: str, body: dict[str, object]) -> ApiResponse:
        return self._api.handle(
            ApiRequest(
                method=method,
                path=path,
                query="",
                headers={"content-type": "application/json"},
                body=json.dumps(body).encode(),
                root=ROOT,
                caller=Caller(ADMINISTRATOR, sees_secured=True),
            )
        )


def _haystack(row: Row) -> str:
    return f"{row.get('fullname')} {row.get('emailaddress1')} {row.id}".casefold()


def _address(table: Table, row_id: str) -> str:
    return f"/_devstack/{table.name}/{urllib.parse.quote(row_id)}"


def from_own_page(handler: Handler) -> Handler:
    """Wrap a handler of forms, so that pages of other sites cannot send them."""

    async def handle(request: web.Request) -> web.StreamResponse:
        own = f"{request.scheme}://{request.host}"
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.headers.get("Origin", own) != own or site not in _SAME_SITE:
            raise web.HTTPForbidden(text="this form is sent by a page of another site")

        return await handler(request)

    return handle


def _row_page(
    table: Table, row: Row, values: Mapping[str, object], refusal: ApiResponse | None = None
) -> web.Response:
    """Show a row with its form and its buttons, and above them what was refused."""
    address = _address(table, row.id)
    buttons = html.button("Verwijder", f"{address}/delete")
    if table.name == "lead":
        buttons += html.button("Kwalificeer", f"{address}/qualify")

    title = str(row.get("fullname") or table.label)
    if refusal is None:
        return _page(title, form(table, values, address), buttons)

    shown = (_reason(refusal), form(table, values, address), buttons)

    return _page(f"{title}: geweigerd", *shown, status=refusal.status)


def _done(
    table: Table,
    row: Row,
    answer: ApiResponse,
    *,
    then: str,
    values: Mapping[str, object] | None = None,
) -> web.Response:
    """Go on to another page, or show the row again with what was refused."""
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return _row_page(table, row, values or values_of(row), answer)

    raise web.HTTPSeeOther(then)


def _reason(answer: ApiResponse) -> str:
    return html.error(str(json.loads(answer.body)["error"]["message"]))


def _page(title: str, *parts: str, status: int = 200) -> web.Response:
    return web.Response(
        text=html.page(title, *parts),
        content_type="text/html",
        status=status,
        headers=html.HEADERS,
    )
