"""Pages in plain HTML; every text that comes from outside is escaped here."""

import html
from collections.abc import Iterable, Mapping

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd }
form { display: inline }
label { display: grid; margin: .3rem 0 }
@media (min-width: 40rem) { label { grid-template-columns: 14rem 1fr } }
input, select, button { font: inherit; max-width: 100%; min-width: 0; padding: .2rem .5rem }
h1, .error { overflow-wrap: anywhere } .error { color: #a00 }
nav a { margin-right: 1rem }
"""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
}


def escape(value: object) -> str:
    """Make a value safe as text and within quotes."""
    return html.escape("" if value is None else str(value))


def page(title: str, *parts: str) -> str:
    """Put a page together from parts that are safe already."""
    links = "".join(
        link(text, f"/_devstack/{path}")
        for text, path in (("Contactpersonen", "contact"), ("Potentiële klanten", "lead"))
    )

    return (
        '<!doctype html><html lang="nl"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><nav>{links}</nav><h1>{escape(title)}</h1>{''.join(parts)}</html>"
    )


def link(text: str, address: str) -> str:
    """Write a link."""
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table whose cells are safe already."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)

    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    return f'<div class="wide">{whole}</div>'


def button(text: str, address: str, fields: Mapping[str, object] | None = None) -> str:
    """Write a form that is a button."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in (fields or {}).items()
    )

    return (
        f'<form method="post" action="{escape(address)}">{hidden}'
        f"<button>{escape(text)}</button></form>"
    )


def field(name: str, text: str, value: object, kind: str = "text") -> str:
    """Write one field of a form."""
    return (
        f'<label>{escape(text)} <input type="{kind}" name="{escape(name)}" '
        f'value="{escape(value)}"></label>'
    )


def choice(name: str, text: str, value: str, labels: Mapping[str, str]) -> str:
    """Write a field of a form that offers labels; a value that has none is offered as it is."""
    offered = {"": "", **labels} | ({} if value in labels else {value: value})
    options = "".join(
        f'<option value="{escape(one)}"{" selected" if one == value else ""}>{escape(label)}'
        "</option>"
        for one, label in offered.items()
    )

    return f'<label>{escape(text)} <select name="{escape(name)}">{options}</select></label>'


def error(text: str) -> str:
    """Write what went wrong."""
    return f'<p class="error">{escape(text)}</p>'
