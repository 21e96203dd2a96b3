"""A page on which a person makes database fields visible and names them."""

import html
import urllib.parse

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import invalid
from devstack.spotler.control.frame import FIELDS, account_query, framed
from devstack.spotler.control.requests import Missing
from devstack.spotler.fields import Field, FieldType

_GROUPS = {"freeField": "Vrij veld", "profileField": "Profielveld"}


class ControlFields:
    """The screen "Databasevelden"."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the page and what its forms call."""
        return [
            web.get(FIELDS, self.show),
            web.post(f"{FIELDS}/{{name}}", self.save),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show every field in a form of its own."""
        rows = "\n".join(
            _row(field, account_query(request)) for field in self._account.fields.all()
        )
        saved = self._account.fields.find(request.query.get("saved", ""))
        said = "" if saved is None else f'<p role="status">Opgeslagen: {_told(saved)}</p>'
        body = f"""
<p>Alleen een zichtbaar veld komt in de API. De koppeling herkent een veld aan zijn naam.</p>
{said}
<div class="wide">
<table>
<caption>Alle velden van het account</caption>
<thead><tr><th scope="col">Veld</th><th scope="col">Soort</th><th scope="col">Type</th>
<th scope="col">Naam</th><th scope="col">Zichtbaar</th><th></th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""

        return framed(request, "Databasevelden", body)

    async def save(self, request: web.Request) -> web.Response:
        """Take the name, as it is given, and whether the field is visible."""
        name, form = request.match_info["name"], await request.post()
        field = self._account.fields.find(name)
        if field is None:
            raise Missing(f"there is no property {name}")

        label = form.get("description")
        if not isinstance(label, str) or not label:
            raise invalid("description is required")

        field.description, field.visible = label, "visible" in form
        self._account.fields.put(field)
        query = {**request.query, "saved": name}

        raise web.HTTPSeeOther(f"{FIELDS}?{urllib.parse.urlencode(query)}#{name}")


def _told(field: Field) -> str:
    state = "zichtbaar" if field.visible else "niet zichtbaar"

    return f"{html.escape(field.description)} ({html.escape(field.name)}) is {state}"


def _row(field: Field, query: str) -> str:
    name, label = html.escape(field.name), html.escape(field.description)
    action = html.escape(f"{FIELDS}/{urllib.parse.quote(field.name)}{query}")
    form, checked = f"form-{name}", " checked" if field.visible else ""

    return f"""<tr id="{name}"{"" if field.visible else ' class="hidden"'}>
<td>{name}</td><td>{_group(field)}</td><td>{field.type}</td>
<td><input type="text" name="description" value="{label}" form="{form}" required
 aria-label="Naam van {name}"></td>
<td><input type="checkbox" name="visible" form="{form}"{checked} aria-label="{name} zichtbaar"></td>
<td><form id="{form}" method="post" action="{action}">
<button aria-label="{name} opslaan">Opslaan</button></form></td>
</tr>"""


def _group(field: Field) -> str:
    if field.type is FieldType.SET:
        return "Keuzeveld"

    return next(
        (text for name, text in _GROUPS.items() if field.name.startswith(name)), "Contactveld"
    )
