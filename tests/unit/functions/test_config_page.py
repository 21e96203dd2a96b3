import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import azure.functions as func
import pytest

from connector.functions import config_page
from connector.functions.config_page import PAGES, read_pages
from tests.unit.functions.world import World

VENDORED = {
    "vendor/oauth4webapi.js": "72a5f6d84416e92b659c6b8fd837c5fa38d44b7f2e18f91daa1fe57da677c7ad",
    "vendor/oauth4webapi.LICENSE.md": (
        "81e7b4b0196e8caa43cf243131512e5e4ab04fc312623335e783abae6ff46d79"
    ),
}
"""Is oauth4webapi 3.8.8 as it came from npm: build/index.js and LICENSE.md."""

ENTRA = {
    "ENTRA_TENANT_ID": "5f2b9c1e-7d34-4a86-b0e5-9c41d7f8a263",
    "ENTRA_CLIENT_ID": "3c8e1b7d-94f2-4d60-a5c3-7e0b2f19d846",
}
OWN = [path for path in sorted(PAGES.rglob("*")) if path.is_file() and "vendor" not in path.parts]
SCRIPTS = [path for path in OWN if path.suffix == ".js"]


async def ask(
    file: str | None = None, url: str = "/api/config", **headers: str
) -> func.HttpResponse:
    request = func.HttpRequest(
        method="GET",
        url=f"https://connector.example{url}",
        headers=headers,
        route_params={} if file is None else {"file": file},
        body=b"",
    )
    route = config_page.config_page if file is None else config_page.config_file
    answer: func.HttpResponse = await route(request)

    return answer


async def test_page_may_load_nothing_foreign(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The page loads its own files alone, calls us and who signs people in, and fits in no frame.
    """
    for name, value in ENTRA.items():
        monkeypatch.setenv(name, value)

    for answer in (await ask(), await ask("app.js"), await ask("nothing.js")):
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self' https://login.microsoftonline.com; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"


async def test_page_without_sign_in(world: World) -> None:
    """
    Where nobody can sign in yet, the page still comes and calls nobody but us.
    """
    answer = await ask()

    assert answer.status_code == 200
    assert "connect-src 'self';" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("file", "mimetype"),
    [
        (None, "text/html"),
        ("app.js", "text/javascript"),
        ("cards/status.js", "text/javascript"),
        ("page.css", "text/css"),
        ("nl.json", "application/json"),
    ],
)
async def test_file_has_its_type(world: World, file: str | None, mimetype: str) -> None:
    """
    Each file says what it is, or a browser told not to guess would refuse it.
    """
    answer = await ask(file)

    assert (answer.status_code, answer.mimetype) == (200, mimetype)


async def test_known_file_is_not_sent_again(world: World) -> None:
    """
    A browser asks again before long, so that an upgrade shows, and gets only what is new.
    """
    first = await ask("app.js")
    assert first.headers["Cache-Control"] == "max-age=10, must-revalidate"
    assert (await ask()).headers["Cache-Control"] == "no-cache"

    again = await ask("app.js", **{"if-none-match": first.headers["ETag"]})

    assert (again.status_code, again.get_body()) == (304, b"")
    assert (await ask("app.js", **{"if-none-match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    "file",
    [
        "",
        "../config_page.py",
        "cards/../../config_page.py",
        "..%2fconfig_page.py",
        "/etc/passwd",
        "cards",
        "cards/",
        "APP.JS",
        "vendor\\oauth4webapi.js",
    ],
)
async def test_only_files_of_the_page(world: World, file: str) -> None:
    """
    Whatever is asked for, only the files of the page are there.
    """
    assert (await ask(file)).status_code == 404


async def test_page_has_one_address(world: World) -> None:
    """
    With a slash behind it the page would not find its files, so that it leads to its address.
    """
    answer = await ask(url="/api/config/?lcid=1043")
    assert (answer.status_code, answer.headers["Location"]) == (308, "../config?lcid=1043")

    assert (await ask(url="/api/config/")).headers["Location"] == "../config"


def test_vendored_files_are_as_published() -> None:
    """
    What others wrote is byte for byte what they published.
    """
    found = {path.relative_to(PAGES).as_posix() for path in (PAGES / "vendor").iterdir()}
    assert found == set(VENDORED)

    for name, digest in VENDORED.items():
        assert sha256((PAGES / name).read_bytes()).hexdigest() == digest


def test_every_file_is_served() -> None:
    """
    No file of the page is left out for its name.
    """
    there = {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*") if path.is_file()}

    assert set(read_pages()) == there


def test_modules_are_named_at_once() -> None:
    """
    The page names all its modules, so that they come side by side and not one after another.
    """
    index = (PAGES / "index.html").read_text()
    named = re.findall(r'(?:modulepreload" href|module" src)="config/([^"]+)"', index)

    assert sorted(named) == sorted(path for path in read_pages() if path.endswith(".js"))


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_file_makes_markup(path: Path) -> None:
    """
    Nothing that comes from elsewhere becomes markup or code, and no style or script is inline.
    """
    text = path.read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    assert not re.search(r"<[^>]+\s(style|on\w+)=|<style|<script(?! type=\"module\" src=)", text)
    assert len(text.splitlines()) <= 250 or path.suffix in {".json", ".css"}


type Words = str | dict[str, Words]


def leaves(words: Words, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield each key of the words, and what is filled in there; plurals are one key."""
    if isinstance(words, str) or words.keys() <= {"one", "other"}:
        texts = [words] if isinstance(words, str) else map(str, words.values())
        yield name, {found for text in texts for found in re.findall(r"\{(\w+)\}", text)}
        return
    for part, inner in words.items():
        yield from leaves(inner, f"{name}.{part}" if name else part)


def words(language: str) -> dict[str, set[str]]:
    return dict(leaves(json.loads((PAGES / f"{language}.json").read_text())))


def test_languages_say_the_same() -> None:
    """
    Each sentence is there in Dutch and in English, with the same things filled in.
    """
    assert words("nl") == words("en")


def test_every_word_is_there() -> None:
    """
    Each key that a script names has its words; one that ends in a variable has some.
    """
    known = words("nl")

    for path in SCRIPTS:
        for key in re.findall(r"\bt(?:Or)?\(\s*'([\w.]+)'", path.read_text()):
            assert key in known, f"{path.name} must find words for {key}"
        for start in re.findall(r"\bt(?:Or)?\(\s*`([\w.]+\.)\$", path.read_text()):
            assert any(key.startswith(start) for key in known), f"{path.name}: {start}"
