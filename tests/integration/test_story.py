"""The two commands of the README."""

import asyncio
import signal
import sys
from typing import Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from devstack.stack.process import ROOT

pytestmark = pytest.mark.integration

CODES = {
    "key": "Authentication key",
    "secret": "Authentication secret",
    "licence": "Licence code",
}
TOKEN_PATH = "/_devstack/token"

type Json = dict[str, Any]


@pytest.mark.feature("F64", "F66", "F67", "F68", "F112")
async def test_story_ends_well() -> None:
    """
    The story is told to its end, each chapter with a tick, and the exit status says so.
    """
    process = await _start("--once", "--people", "250")

    output, _ = await asyncio.wait_for(process.communicate(), 90)

    text = output.decode()
    assert process.returncode == 0, text
    assert text.count("✓") == 5
    assert "200 people moved to Gouda" in text
    assert "kapot@ is excluded with reason invalid_email" in text


async def test_story_stays_up_until_told() -> None:
    """
    Without `--once` the stack stays up with its addresses, and Ctrl-C ends all of it.
    """
    process = await _start("--people", "250")
    assert process.stdout is not None
    said = ""
    while "It stays up until Ctrl-C" not in said:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line, said
        said += line.decode()

    process.send_signal(signal.SIGINT)

    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert "/_devstack/" in said


@pytest.mark.feature("F32")
async def test_first_day_shows_the_way() -> None:
    """
    On the first day nothing is connected; the page's address and the codes to paste are shown.
    """
    process = await _start("--first", "--people", "20")
    lines: list[str] = []
    while not lines or "It stays up until Ctrl-C" not in lines[-1]:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        assert line, lines
        lines.append(line.strip())
    codes = {name: lines[lines.index(title) + 1] for name, title in CODES.items()}
    trial = lines[lines.index(next(one for one in lines if "of a trial" in one)) + 1]
    page = next(one for one in lines if one.endswith("/api/config"))
    assert any("sign in as Anneke Bakker" in one for one in lines)
    assert any("demonstration only" in one for one in lines)
    assert not any("✓" in one for one in lines)
    assert any("22 contacts and 4 leads in Dynamics" in one for one in lines)
    assert any("Kees Kapot" in one and "Wim Weiger" in one for one in lines)
    fields = next(one for one in lines if one.endswith("/_devstack/fields"))

    before, tried = await _connect(page.removesuffix("/api/config"), codes | {"licence": trial})
    _, after = await _connect(page.removesuffix("/api/config"), codes)
    async with ClientSession(raise_for_status=True) as http, http.get(fields) as answer:
        assert "profileField7" in await answer.text()

    assert (before["status"], tried["status"], after["status"]) == (
        *("not_connected", "connected"),
        "connected",
    )
    states = [one["licence"]["state"] for one in (before, tried, after)]
    assert states == ["none", "trial", "active"]
    process.send_signal(signal.SIGINT)

    assert await asyncio.wait_for(process.wait(), 30) == 0


async def _connect(address: str, codes: Json) -> tuple[Json, Json]:
    """Fill in the codes as the page does; return what it shows before and after."""
    route = f"{address}/api/manage/connection"
    async with ClientSession(raise_for_status=True) as http:
        async with http.get(f"{address}/api/manage/sign-in") as answer:
            authority = URL((await answer.json())["authority"])
        async with http.post(authority.with_path(TOKEN_PATH), json={"role": "admin"}) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin"}
        async with http.get(route, headers=headers) as answer:
            before = await answer.json()
        async with http.put(route, json=codes, headers=headers) as answer:
            return before, await answer.json()


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devstack", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
