"""Each answer of Spotler has one consequence."""

import math
from datetime import timedelta
from typing import cast

import httpx
import pytest

from connector.adapters.spotler.answer import RefusedError, to_json
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.connection import CredentialsRefusedError
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

DIALECT = SpotlerDialect()


def read(
    status: int,
    body: bytes = b"",
    *,
    dialect: SpotlerDialect = DIALECT,
    headers: dict[str, str] | None = None,
) -> object:
    return to_json(httpx.Response(status, headers=headers), body, dialect, is_read=False)


def error(error_type: str) -> bytes:
    return f'{{"errorType": "{error_type}", "message": "jan@example.nl"}}'.encode()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(204, b"", None, id="no content"),
        pytest.param(200, b"null", None, id="null"),
        pytest.param(200, b'\xef\xbb\xbf["a"]', ["a"], id="byte order mark"),
        pytest.param(200, b'["\\ud83d", "b"]', ["\ufffd", "b"], id="half a surrogate pair"),
        pytest.param(200, b'["Jan\t", "Ren\xe9"]', ["Jan\t", "Ren\ufffd"], id="odd texts"),
        pytest.param(200, b'[{"code": "OK"}]', [{"code": "OK"}], id="list"),
        pytest.param(201, b'{"a": "\xc3\xa9"}', {"a": "é"}, id="object"),
    ],
)
def test_good_answer_decoded(status: int, body: bytes, expected: object) -> None:
    """
    A good answer is its JSON, or nothing.
    """
    assert read(status, body) == expected


def test_read_must_say_something() -> None:
    """
    What was asked for is not empty because an answer is: that would end a feed.
    """
    with pytest.raises(TransientError, match="must be json"):
        to_json(httpx.Response(204), b"", DIALECT, is_read=True)


def test_odd_number_is_a_value() -> None:
    """
    What JSON has no word for, and some writers write all the same, costs no neighbour.
    """
    [odd, good] = cast("list[float]", read(200, b"[NaN, 1]"))

    assert math.isnan(odd)
    assert good == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>jan</html>", id="html"),
        pytest.param(b'{"a": "jan', id="cut off"),
        pytest.param(b"\xff\xfe", id="not utf-8"),
        pytest.param(b"[" * 100_000, id="too deep"),
        pytest.param(b"", id="empty"),
    ],
)
def test_undecodable_answer_tried_again(body: bytes) -> None:
    """
    What is not JSON comes from something in between, and passes.
    """
    with pytest.raises(TransientError, match="must be json") as caught:
        read(200, body)

    assert "jan" not in f"{caught.value}{caught.value.__cause__}"


FOREIGN = {
    "page": b"<html>jan</html>",
    "empty": b"",
    "outage": error("BACKEND_EXCEPTION"),
    "new word": error("NEW_WORD"),
    "no word": error("jan@example.nl"),
    "other json": b'{"message": "jan"}',
    "no object": b'["INVALID_PARAMS"]',
    "no text": b'{"errorType": 7}',
}
"""What nobody is refused by: the answer of a proxy, or one of Spotler's that we do not know."""


@pytest.mark.parametrize(
    ("status", "body", "consequence"),
    [
        pytest.param(401, b"", CredentialsRefusedError, id="401"),
        pytest.param(403, b" ", CredentialsRefusedError, id="403"),
        pytest.param(401, error("NEW_WORD"), CredentialsRefusedError, id="401, new word"),
        pytest.param(403, error("INVALID_STATE"), CredentialsRefusedError, id="403, other word"),
        pytest.param(401, b"<html>", TransientError, id="401 from a proxy"),
        pytest.param(403, b"<html>", TransientError, id="403 from a proxy"),
        pytest.param(403, b'{"message": "Forbidden"}', TransientError, id="403 from a gateway"),
        pytest.param(400, error("AUTH_NOT_FOUND"), CredentialsRefusedError, id="400, unknown key"),
        pytest.param(
            404, error("NOT_AUTHORIZED"), CredentialsRefusedError, id="404, bad signature"
        ),
        pytest.param(429, b"", RateLimitedError, id="429"),
        pytest.param(500, error("BACKEND_EXCEPTION"), TransientError, id="500"),
        pytest.param(502, b"<html>", TransientError, id="502"),
        pytest.param(503, b"", TransientError, id="503"),
        pytest.param(408, b"", TransientError, id="408"),
        pytest.param(425, b"", TransientError, id="425"),
        pytest.param(400, error("INVALID_PROPERTY"), RefusedError, id="400"),
        pytest.param(404, error("CONTACT_NOT_FOUND"), RefusedError, id="404"),
        pytest.param(409, error("INVALID_STATE"), RefusedError, id="409"),
        pytest.param(413, error("INVALID_PARAMS"), RefusedError, id="413"),
        pytest.param(417, error("INVALID_STATE"), RefusedError, id="417"),
        pytest.param(422, error("PROPERTY_INVALID"), RefusedError, id="422, code of a contact"),
        pytest.param(404, error("RESOURCE_NOT_FOUND"), RefusedError, id="404, other word"),
        *(
            pytest.param(status, body, TransientError, id=f"{status}, {name}")
            for status in (400, 409, 413, 417, 422)
            for name, body in FOREIGN.items()
        ),
        pytest.param(404, error("NEW_WORD"), TransientError, id="404, new word"),
        pytest.param(404, error("BACKEND_EXCEPTION"), TransientError, id="404, outage"),
        pytest.param(404, b"", ConfigurationError, id="404, empty"),
        pytest.param(404, b"<html>", ConfigurationError, id="404 from somebody else"),
        pytest.param(302, b"", ConfigurationError, id="redirect"),
        pytest.param(405, b"", ConfigurationError, id="405"),
        pytest.param(415, b"", ConfigurationError, id="415"),
    ],
)
def test_error_by_its_consequence(
    status: int, body: bytes, consequence: type[ConnectorError]
) -> None:
    """
    Only Spotler refuses, in a word that we know; no error repeats Spotler's message.
    """
    with pytest.raises(ConnectorError) as caught:
        read(status, body)

    assert type(caught.value) is consequence
    assert str(status) in str(caught.value)
    assert "jan" not in str(caught.value)


@pytest.mark.parametrize(("word", "told"), [("NEW_WORD", "NEW_WORD"), ("jan@x.nl", "UNKNOWN")])
def test_new_word_is_told(word: str, told: str) -> None:
    """
    A word that we do not know is in the log; what does not look like one gets into none.
    """
    with pytest.raises(TransientError, match=f"400 {told}$") as caught:
        read(400, error(word))

    assert "jan" not in str(caught.value)


@pytest.mark.parametrize(
    "head", [b"\xef\xbb\xbf", b""], ids=["byte order mark", "half a surrogate pair"]
)
def test_word_is_read_as_any_json(head: bytes) -> None:
    """
    A refusal is one also when its message was cut in an emoji, or a mark stands before it.
    """
    with pytest.raises(RefusedError, match="INVALID_PARAMS"):
        read(400, head + b'{"errorType": "INVALID_PARAMS", "message": "\\ud83d"}')


@pytest.mark.parametrize(
    ("word", "consequence"),
    [
        ("CONTACT_NOT_FOUND", RefusedError),
        ("NOT_AUTHORIZED", CredentialsRefusedError),
        ("BACKEND_EXCEPTION", TransientError),
        ("NEW_WORD", TransientError),
    ],
)
def test_error_with_a_good_status(word: str, consequence: type[ConnectorError]) -> None:
    """
    An error is no answer, also when its status says that all is well.
    """
    with pytest.raises(ConnectorError) as caught:
        read(200, error(word))

    assert type(caught.value) is consequence


@pytest.mark.parametrize("status", [401, 403])
def test_page_may_refuse_the_key(status: int) -> None:
    """
    Should Spotler itself answer a wrong key with a page, one switch says so.
    """
    with pytest.raises(CredentialsRefusedError):
        read(status, b"<html>", dialect=SpotlerDialect(refuses_key_by_page=True))


def test_refusing_words_can_be_switched() -> None:
    """
    Should an account refuse in another word, or mean to pass by one, one switch says so.
    """
    dialect = SpotlerDialect(refusing_words=frozenset({"NEW_WORD"}))

    with pytest.raises(RefusedError, match="NEW_WORD"):
        read(400, error("NEW_WORD"), dialect=dialect)
    with pytest.raises(TransientError, match="INVALID_PARAMS"):
        read(400, error("INVALID_PARAMS"), dialect=dialect)


def test_refusal_alone_is_permanent() -> None:
    """
    A refusal that nobody understands better parks the event.
    """
    assert issubclass(RefusedError, PermanentError)


@pytest.mark.parametrize(
    ("status", "error_type", "is_unknown", "code"),
    [
        pytest.param(404, "CONTACT_NOT_FOUND", True, "CONTACT_NOT_FOUND", id="404"),
        pytest.param(404, "RESOURCE_NOT_FOUND", False, "RESOURCE_NOT_FOUND", id="404, other word"),
        pytest.param(404, None, True, "HTTP_404", id="bare 404"),
        pytest.param(400, "CONTACT_NOT_FOUND", True, "CONTACT_NOT_FOUND", id="400"),
        pytest.param(400, "INVALID_PROPERTY", False, "INVALID_PROPERTY", id="refused"),
        pytest.param(400, None, False, "HTTP_400", id="no reason"),
    ],
)
def test_unknown_contact_is_recognised(
    status: int, error_type: str | None, is_unknown: bool, code: str
) -> None:
    """
    Spotler says by status or by word that it does not know a contact.
    """
    refused = RefusedError(status, error_type)

    assert (refused.is_unknown_contact, refused.code) == (is_unknown, code)


def test_authorisation_can_be_switched() -> None:
    """
    Which answers mean that the key is wrong is a matter of the dialect.
    """
    dialect = SpotlerDialect(unauthorised_statuses=frozenset({418}), unauthorised_types=frozenset())

    with pytest.raises(ConfigurationError, match="accept our key"):
        read(418, dialect=dialect)

    with pytest.raises(TransientError):
        read(400, error("NOT_AUTHORIZED"), dialect=dialect)


def test_bare_404_can_be_switched() -> None:
    """
    Should Spotler give no reason with a 404, one switch makes it an unknown contact.
    """
    with pytest.raises(RefusedError) as caught:
        read(404, dialect=SpotlerDialect(bare_404_is_unknown=True))

    assert caught.value.is_unknown_contact

    with pytest.raises(ConfigurationError):
        read(404, b"<html>", dialect=SpotlerDialect(bare_404_is_unknown=True))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_told_wait_is_kept(status: int) -> None:
    """
    Whoever says how long to wait is believed, whatever the reason.
    """
    with pytest.raises(RateLimitedError) as caught:
        read(status, headers={"Retry-After": "7"})

    assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("header", "wait"),
    [("999999", timedelta(minutes=10)), ("soon", timedelta(minutes=2))],
    ids=["longest", "usual"],
)
def test_waits_are_of_the_dialect(header: str, wait: timedelta) -> None:
    """
    How long to wait at most, and without a word of Spotler's, is a choice of the operator.
    """
    dialect = SpotlerDialect(usual_wait=timedelta(minutes=2), longest_wait=timedelta(minutes=10))
    with pytest.raises(RateLimitedError) as caught:
        read(429, headers={"Retry-After": header}, dialect=dialect)

    assert caught.value.retry_after == wait
