"""Answer FetchXML queries page by page.

https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/page-results
"""

import urllib.parse
from xml.sax.saxutils import quoteattr

from devstack.dataverse.api.message import ApiRequest, ApiResponse, json_response
from devstack.dataverse.api.render import Json, Renderer, is_asked
from devstack.dataverse.errors import not_implemented
from devstack.dataverse.fetch.conditions import refuse
from devstack.dataverse.fetch.query import Fetch, FetchReader
from devstack.dataverse.odata.selection import Page, count_rows, get_page
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row
from devstack.dataverse.writing.environment import Environment

_COOKIE = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
_MORE = "Microsoft.Dynamics.CRM.morerecords"
_MOST_WITHOUT_COOKIE = 50_000
_COUNT_CAP = 5000


def fetch_rows(
    environment: Environment, request: ApiRequest, table: Table, text: str
) -> ApiResponse:
    """Answer one page of a FetchXML query."""
    if environment.hides:
        raise not_implemented("FetchXML while rows are hidden from the caller")

    fetch = FetchReader(environment, request.caller.user_id).read(text, table)
    page = _page(environment, table, fetch)
    annotations = request.prefer.annotations
    renderer = Renderer(environment, table, fetch.select, annotations)

    body: dict[str, object] = {"@odata.context": f"{request.root}$metadata#{table.set_name}"}
    if fetch.total:
        total = min(count_rows(environment.store, table, fetch.condition), _COUNT_CAP)
        body["@odata.count"] = total

    if page.next is not None and fetch.top is None:
        if is_asked(_COOKIE, annotations):
            body[f"@{_COOKIE}"] = _cookie(table, page, fetch.page)

        if is_asked(_MORE, annotations):
            body[f"@{_MORE}"] = True

    body["value"] = [_filled(renderer.row(row)) for row in page.rows]

    return json_response(body)


def _filled(shown: Json) -> Json:
    """Leave out what is empty, unlike a query in the terms of OData."""
    return {name: value for name, value in shown.items() if value is not None}


def _page(environment: Environment, table: Table, fetch: Fetch) -> Page:
    store, size = environment.store, fetch.top or fetch.count
    if fetch.page == 1 or fetch.after is not None:
        return get_page(store, table, fetch.condition, fetch.order, size, fetch.after)

    # Without a cookie all pages up to this one are found, and those before are passed over.
    end = fetch.page * size
    if end > _MOST_WITHOUT_COOKIE:
        raise refuse(
            "Paging cookie is required when trying to retrieve a set of records on any high pages."
        )

    whole = get_page(store, table, fetch.condition, fetch.order, end, None)

    return Page(whole.rows[end - size :], whole.next)


def _cookie(table: Table, page: Page, number: int) -> str:
    """Write the cookie: its heart is percent-encoded twice, as the platform does."""
    first, last = _braced(page.rows[0]), _braced(page.rows[-1])
    heart = (
        f'<cookie page="{number}" place={quoteattr(page.next or "")}>'
        f'<{table.primary_id} last="{last}" first="{first}" /></cookie>'
    )
    twice = urllib.parse.quote(urllib.parse.quote(heart, safe=""), safe="")

    return f'<cookie pagenumber="{number + 1}" pagingcookie="{twice}" istracking="False" />'


def _braced(row: Row) -> str:
    return f"{{{row.id.upper()}}}"
