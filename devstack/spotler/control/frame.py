"""The frame around the pages that a person sees."""

import html
import urllib.parse

from aiohttp import web

from devstack.spotler.control.requests import CONTROL

FIELDS = f"{CONTROL}/fields"

_PAGES = {"Contacten": f"{CONTROL}/", "Databasevelden": FIELDS}
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
)
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
nav a { margin-right: 1.25rem }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none }
h1 { margin: 1rem 0 .25rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .35rem .6rem; text-align: left }
caption { padding: .5rem 0; text-align: left }
td input[type=text] { font: inherit; min-width: 12rem; padding: .2rem .4rem; width: 90% }
td button { font: inherit; padding: .2rem .8rem }
.hidden td:not(:has(input, button)) { opacity: .65 }
[role=status] { border-left: 4px solid #2a8a4a; margin: 1rem 0; padding: .35rem .8rem }
"""


def account_query(request: web.Request) -> str:
    """Return what leads from one page of an account to the next: nothing for the first account."""
    key = request.query.get("account")

    return "" if key is None else f"?{urllib.parse.urlencode({'account': key})}"


def framed(request: web.Request, title: str, body: str) -> web.Response:
    """Return a page with the way to the others; half a character is shown as a question mark."""
    query, key = account_query(request), request.query.get("account")
    links = " ".join(
        f'<a href="{html.escape(path + query)}"{_current(request, path)}>{name}</a>'
        for name, path in _PAGES.items()
    )
    heading = title if key is None else f"{title}: {html.escape(key)}"
    text = f"""<!doctype html>
<html lang="nl">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>{_STYLE}</style>
<nav>{links}</nav>
<h1>{heading}</h1>
{body}
</html>
"""

    return web.Response(
        body=text.encode(errors="replace"),
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"},
    )


def _current(request: web.Request, path: str) -> str:
    return ' aria-current="page"' if request.path == path else ""
