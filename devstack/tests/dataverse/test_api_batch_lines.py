"""How the lines of a batch may be written."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Answer, Stage, staged

HEAD = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        await found.make("contacts", firstname="Eva Maria", lastname="Vos")
        yield found


async def send(stage: Stage, body: str) -> Answer:
    """Send the body of a batch."""
    headers = {"Content-Type": "multipart/mixed; boundary=b"}

    return await stage.call("POST", "$batch", body.encode(), headers)


async def test_address_may_have_blanks(stage: Stage) -> None:
    """
    The address of an operation may hold blanks that are not encoded.
    """
    request = "GET contacts?$select=lastname&$filter=firstname eq 'Eva Maria' HTTP/1.1"

    answer = await send(stage, f"--b\r\n{HEAD}\r\n{request}\r\n\r\n\r\n--b--\r\n")

    assert answer.status == 200
    assert '"lastname":"Vos"' in answer.body.decode()


async def test_content_id_may_stand_inside(stage: Stage) -> None:
    """
    The Content-ID of an operation may stand among the headers of its request.
    """
    lead = '{"lastname":"Bos","parentcontactid@odata.bind":"$1"}'
    parts = "".join(
        f"--c\r\n{HEAD}\r\nPOST {name} HTTP/1.1\r\nContent-ID: {number}\r\n"
        f"Content-Type: application/json\r\n\r\n{body}\r\n"
        for number, (name, body) in enumerate(
            (("contacts", '{"lastname":"Bos"}'), ("leads", lead)), start=1
        )
    )
    change_set = f"Content-Type: multipart/mixed; boundary=c\r\n\r\n{parts}--c--\r\n"

    answer = await send(stage, f"--b\r\n{change_set}--b--\r\n")

    assert answer.status == 200
    assert answer.body.decode().count("Content-ID: ") == 2
    [row] = (await stage.get("leads", filter="_parentcontactid_value ne null")).rows
    assert row["lastname"] == "Bos"


@pytest.mark.parametrize("name", ["Vos --b", "Vos --c--", "--b", "--cd"])
async def test_boundary_is_a_line(stage: Stage, name: str) -> None:
    """
    What looks like a boundary inside a value cuts nothing.
    """
    body = '{"firstname":"Ina",\r\n"lastname":"' + name + '"}'
    head = f"{HEAD}Content-ID: 1\r\n\r\nPOST contacts HTTP/1.1\r\nContent-Type: application/json"
    part = f"{head}\r\n\r\n{body}\r\n"
    change_set = f"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n{part}--c--\r\n"

    answer = await send(stage, f"--b \r\n{change_set}--b-- \r\n")

    assert answer.status == 200
    [row] = (await stage.get("contacts", filter="firstname eq 'Ina'")).rows
    assert row["lastname"] == name


async def test_longer_line_is_no_boundary(stage: Stage) -> None:
    """
    A line that only begins like the boundary is none: its body is not closed.
    """
    request = "GET contacts HTTP/1.1"

    answer = await send(stage, f"--b\r\n{HEAD}\r\n{request}\r\n\r\n\r\n--bc--\r\n")

    assert answer.status == 400


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            f"--b\r\n{HEAD}\r\nGET contacts HTTP/1.1\r\n\r\n--b--\r\n".replace("\r\n", "\n"),
            id="bare-line-feeds",
        ),
        pytest.param(
            f"--b\r\n{HEAD}\r\nGET contacts HTTP/1.1\nAccept: */*\r\n\r\n--b--\r\n",
            id="one-of-them",
        ),
        pytest.param(f"--b\r\n{HEAD}\r\nGET contacts HTTP/1.1\r\n--b--\r\n", id="no-blank-line"),
        pytest.param(
            f"--b\r\n{HEAD}nonsense\r\n\r\nGET contacts HTTP/1.1\r\n\r\n--b--\r\n", id="no-header"
        ),
    ],
)
async def test_lines_end_as_they_must(stage: Stage, body: str) -> None:
    """
    Lines end with carriage return and line feed, and headers with an empty line.
    """
    answer = await send(stage, body)

    assert (answer.status, "0x80060888" in answer.body.decode()) == (400, True)


async def test_body_may_have_line_feeds(stage: Stage) -> None:
    """
    The JSON of an operation may have line ends of its own.
    """
    request = "POST contacts HTTP/1.1\r\nContent-Type: application/json\r\n"

    answer = await send(
        stage, f'--b\r\n{HEAD}\r\n{request}\r\n{{\n"lastname": "Mos"\n}}\r\n--b--\r\n'
    )

    assert answer.status == 200
    assert "204 No Content" in answer.body.decode()
