"""Bodies and queries that nobody should send are refused, never met with a 500."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"lastname": "\\ud800"}', id="half-a-character"),
        pytest.param(b"[" * 100_000, id="nested-too-deeply"),
        pytest.param(b'{"lastname": "\xff"}', id="not-utf-8"),
        pytest.param(b'{"lastname": NaN}', id="not-a-number"),
    ],
)
async def test_unreadable_body_is_refused(stage: Stage, body: bytes) -> None:
    """
    A body that could never be written again is refused, and no row comes of it.
    """
    answer = await stage.call("POST", "contacts", body, JSON)

    assert (answer.status, answer.json["error"]["code"]) == (400, "0x80048d19")
    assert (await stage.get("contacts")).json["value"] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("lastname eq", id="nothing-after"),
        pytest.param("lastname", id="no-operator"),
        pytest.param("contains(lastname,", id="open-function"),
        pytest.param("", id="empty"),
        pytest.param("(" * 5000, id="parentheses"),
        pytest.param("not " * 5000 + "lastname eq 'a'", id="negations"),
        pytest.param(f"gendercode eq {'9' * 5000}", id="endless-number"),
        pytest.param("modifiedon gt 0001-01-01T00:00:00+23:00", id="before-all-time"),
    ],
)
async def test_broken_filter_is_refused(stage: Stage, text: str) -> None:
    """
    A filter that cannot be read is refused as a syntax error.
    """
    answer = await stage.get("contacts", filter=text)

    assert (answer.status, answer.json["error"]["code"]) == (400, "0x80060888")


async def test_odd_digits_are_no_number(stage: Stage) -> None:
    """
    What only looks like a digit is not taken for a number.
    """
    assert (await stage.get("contacts", top="²")).status == 400


async def test_batch_that_is_no_text(stage: Stage) -> None:
    """
    A batch that is not UTF-8 is refused.
    """
    headers = {"Content-Type": "multipart/mixed; boundary=b"}

    answer = await stage.call("POST", "$batch", b"--b\r\n\xff\r\n\r\n\r\n--b--", headers)

    assert answer.status == 400


async def test_deep_fetch_is_refused(stage: Stage) -> None:
    """
    A FetchXML query with filters in filters without end is refused.
    """
    filters = "<filter>" * 1000 + "</filter>" * 1000
    text = f'<fetch><entity name="contact">{filters}</entity></fetch>'

    answer = await stage.call("GET", "contacts", params={"fetchXml": text})

    assert answer.status == 400
