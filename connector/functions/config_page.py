"""The configuration page: static files, that know nothing without a token."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import azure.functions as func

from connector.bootstrap import sign_in_settings
from connector.functions.manage.freshness import is_known
from connector.functions.manage.problems import HEADERS
from connector.functions.responses import empty

PAGES: Final = Path(__file__).parent / "pages"
INDEX: Final = "index.html"
TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
}
BRIEFLY: Final = "max-age=10, must-revalidate"
"""Outlasts the way to who signs people in and back, and no upgrade is noticed late."""

bp = func.Blueprint()


@dataclass(frozen=True, slots=True)
class PageFile:
    """Is a file of the page as it is answered; `etag` changes with its content."""

    content: bytes
    mimetype: str
    etag: str


@cache
def read_pages() -> Mapping[str, PageFile]:
    """Return all files of the page by name, read once: no other file can be asked for."""
    files = (path for path in PAGES.rglob("*") if path.suffix in TYPES)

    return {path.relative_to(PAGES).as_posix(): _read(path) for path in files}


@bp.function_name("config_page")
@bp.route("config", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def config_page(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the page, at the one address from which it finds its files."""
    address = urlsplit(req.url)
    if address.path.endswith("/"):
        there = f"../config?{address.query}" if address.query else "../config"
        return _guarded(
            func.HttpResponse(
                status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": there}
            )
        )

    return await _answer(req, INDEX)


@bp.function_name("config_file")
@bp.route("config/{*file}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def config_file(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with a file of the page."""
    return await _answer(req, str(req.route_params.get("file", "")))


async def _answer(req: func.HttpRequest, name: str) -> func.HttpResponse:
    file = (await asyncio.to_thread(read_pages)).get(name)
    if file is None:
        return _guarded(empty(HTTPStatus.NOT_FOUND))

    known = {"ETag": file.etag, "Cache-Control": "no-cache" if name == INDEX else BRIEFLY}
    if is_known(req, file.etag):
        return _guarded(func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=known))

    return _guarded(
        func.HttpResponse(file.content, headers=known, mimetype=file.mimetype, charset="utf-8")
    )


def _guarded(response: func.HttpResponse) -> func.HttpResponse:
    """Let the page load its own files only, and call nobody but us and who signs people in."""
    response.headers["Content-Security-Policy"] = "; ".join(_policy())
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)

    return response


def _policy() -> tuple[str, ...]:
    settings = sign_in_settings()
    issuer = settings.entra_issuer() if settings else None
    authority = [f"{(at := urlsplit(issuer)).scheme}://{at.netloc}"] if issuer else []

    return (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        " ".join(["connect-src 'self'", *authority]),
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()

    return PageFile(content, TYPES[path.suffix], f'"{digest[:32]}"')
