"""A page on which a person sees what the account holds."""

import html
import itertools
from datetime import UTC, datetime

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.control.frame import framed
from devstack.spotler.control.requests import CONTROL
from devstack.spotler.people import Contact

_SHOWN = 200
_COLUMNS = ("email", "firstName", "infix", "lastName", "postalCode", "freeField1", "profileField1")


class ControlPage:
    """The view of the account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the control route."""
        return [web.get(f"{CONTROL}/", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the contacts that changed last."""
        return framed(request, "Spotler-simulator", self._body())

    def _body(self) -> str:
        people = self._account.people
        newest = itertools.islice(reversed(people.all()), _SHOWN)
        rows = "\n".join(self._row(contact) for contact in newest)
        names = ("Extern id", *self._labels(), "Toestemmingen", "Toestand", "Gewijzigd (UTC)")
        heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)

        return f"""
<p>{len(people)} contacten, {len(self._account.lists)} tijdelijke lijsten,
{len(self._account.campaigns.all())} campagnes.</p>
<div class="wide">
<table>
<caption>De contacten die het laatst gewijzigd zijn, hoogstens {_SHOWN}</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""

    def _labels(self) -> list[str]:
        fields = (self._account.fields.find(name) for name in _COLUMNS)

        return [field.description for field in fields if field is not None]

    def _row(self, contact: Contact) -> str:
        values = [
            str(contact.properties.get(name, ""))
            for name in _COLUMNS
            if self._account.fields.find(name) is not None
        ]
        cells = [contact.key, *values, self._permissions(contact), _state(contact)]
        cells.append(_moment(contact.last_changed))

        return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"

    def _permissions(self, contact: Contact) -> str:
        given = contact.sets.get("permissions", {})
        entries = self._account.fields.permissions.values()

        return ", ".join(entry.description for entry in entries if given.get(entry.bit))


def _state(contact: Contact) -> str:
    states = {
        "geanonimiseerd": contact.anonymised,
        "inactief": contact.inactive,
        "gebounced": contact.bounced,
        "testgroep": contact.test_group,
    }

    return ", ".join(name for name, holds in states.items() if holds)


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"
