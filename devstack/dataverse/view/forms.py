"""The form of a person: its fields with their labels, and what was typed into them."""

from collections.abc import Mapping

from aiohttp import web

from devstack.dataverse.json_values import to_json
from devstack.dataverse.schema.table import CHOICES, Column, Kind, Table
from devstack.dataverse.store import Row
from devstack.dataverse.view import html

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


def form(table: Table, values: Mapping[str, object], address: str) -> str:
    """Write the form of a row that is sent to an address."""
    fields = "".join(
        _field(column, _typed_in(values.get(name)))
        for name in _EDITED
        if (column := table.columns.get(name)) is not None
    )

    action = html.escape(address)

    return f'<form method="post" action="{action}">{fields}<button>Bewaar</button></form>'


def values_of(row: Row) -> dict[str, object]:
    """Return what the form of a row shows."""
    return {name: to_json(row.get(name)) for name in _EDITED}


async def given_in(request: web.Request) -> dict[str, str]:
    """Return what a form sent."""
    sent = await request.post()

    return {name: str(value).strip() for name, value in sent.items()}


def typed(table: Table, given: Mapping[str, str]) -> dict[str, object]:
    """Read the fields of a form; what cannot be read is left for the Web API to refuse."""
    return {
        name: _value(table.columns[name].kind, text)
        for name, text in given.items()
        if name in table.columns and name in _EDITED
    }


def _field(column: Column, value: str) -> str:
    if column.kind is Kind.BOOLEAN:
        words = {"true": column.options.get(1, "Ja"), "false": column.options.get(0, "Nee")}
        return html.choice(column.name, column.label, value, words)

    if column.options:
        labels = {str(number): label for number, label in column.options.items()}
        return html.choice(column.name, column.label, value, labels)

    kind = "date" if column.kind is Kind.DATE else "text"

    return html.field(column.name, column.label, value, kind)


def _typed_in(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()

    return "" if value is None else str(value)


def _value(kind: Kind, text: str) -> object:
    if not text:
        return None

    if kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text.lower(), text)

    if kind in CHOICES and text.isascii() and text.isdigit():
        return int(text)

    return text
