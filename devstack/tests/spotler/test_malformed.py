"""Bodies that nobody should send are refused, and nothing of them is kept."""

import pytest

from devstack.tests.spotler.client import JSON, Caller

_HALF = '{"update": true, "contact": {"externalId": "c-1", "properties": {"lastName": "\\ud800"}}}'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_HALF.encode(), id="half-a-character"),
        pytest.param(b'{"\\uDC00": 1}', id="half-a-character-as-name"),
        pytest.param(b"[" * 100_000, id="nested-too-deeply"),
        pytest.param(b'{"update": NaN}', id="not-a-number"),
    ],
)
async def test_unreadable_body_is_refused(spotler: Caller, body: bytes) -> None:
    """
    A body that could never be written again is refused in the vendor's form.
    """
    url = spotler.url("/contact")
    headers = {"Accept": JSON, "Content-Type": JSON, **spotler.sign("POST", url)}

    answer = await spotler.send("POST", url, headers=headers, data=body)

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")
    assert (await spotler.control("GET", "/contacts")).data == {}


async def test_whole_pair_is_a_character(spotler: Caller) -> None:
    """
    Two halves that belong together are one character, escaped or not.
    """
    await spotler.has("c-1", lastName="\U0001f600")

    assert (await spotler.properties("c-1"))["lastName"] == "\U0001f600"


async def test_last_moment_is_refused(spotler: Caller) -> None:
    """
    A moment that some zone cannot show would break every read, so it is refused.
    """
    await spotler.control("PUT", "/properties/lastSeen", {"type": "dateTime"})
    body = {"externalId": "c-1", "properties": {"lastSeen": "9999-12-31T23:59:59Z"}}

    answer = await spotler.post("/contact", {"update": True, "purge": False, "contact": body})

    assert (answer.status, answer.error) == (400, "INVALID_PROPERTY")
