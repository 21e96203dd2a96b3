"""What the webhook answers, asked over HTTP; and that what it accepted is safe."""

import codecs
import contextlib
import gzip
import json
import uuid
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from devstack.stack import StackOptions
from devstack.stack.settings import FUNCTION_KEY, WEBHOOK_SECRET
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F66"),
    pytest.mark.asyncio(loop_scope="module"),
]

ZEROS = "00000000-0000-0000-0000-000000000000"
NOBODY = "11111111-2222-3333-4444-555555555555"
KEYS = {"x-functions-key": FUNCTION_KEY, "x-connector-secret": WEBHOOK_SECRET}


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Let a webhook be held for a second, and not for as long as Dataverse waits."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1", "WEBHOOK_PATIENCE_SECONDS": "1"})


def a_body(local: Local, **members: object) -> bytes:
    """Return the least that Dataverse sends: a context that was cut down to who and what."""
    body = {
        "OrganizationId": local.stack.facts("dataverse")["organisation_id"],
        "PrimaryEntityName": "contact",
        "PrimaryEntityId": NOBODY,
        "MessageName": "Update",
        "OperationId": str(uuid.uuid4()),
        "CorrelationId": str(uuid.uuid4()),
        "OwningExtension": {"Id": str(uuid.uuid4()), "LogicalName": "sdkmessageprocessingstep"},
        **members,
    }

    return json.dumps(body).encode()


async def post(local: Local, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    async with local.stack.http.post(
        local.stack.webhook_url, data=body, headers=KEYS if headers is None else headers
    ) as answer:
        text = await answer.text()
        if answer.status != HTTPStatus.UNAUTHORIZED:  # that may be the host's own word
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

        return answer.status, json.loads(text)["code"] if text else None


async def test_good_event_is_accepted(local: Local) -> None:
    """
    A truncated context says enough: 202, and the message is on the queue.
    """
    before = await queue(local)

    assert await post(local, a_body(local, MessageName="Create")) == (202, None)

    assert (await queue(local))["incoming"] == before["incoming"] + 1


@pytest.mark.parametrize(
    ("table", "columns", "status", "messages"),
    [
        ("account", ["name"], 202, 1),
        ("account", ["telephone1"], 204, 0),
        ("account", None, 202, 1),
        ("systemuser", ["lastname"], 202, 1),
        ("team", ["name"], 202, 1),
        ("contact", ["lastname"], 202, 2),
        ("contact", ["address1_city"], 202, 1),
        ("contact", None, 202, 2),
    ],
)
async def test_names_that_people_show(
    local: Local, table: str, columns: list[str] | None, status: int, messages: int
) -> None:
    """
    A row that may have another name is a message, beside that of a contact; others are none.
    """
    attributes = [{"key": name, "value": "Nieuw"} for name in columns or ()]
    target = {"LogicalName": table, "Id": NOBODY, "Attributes": attributes}
    told = {"InputParameters": [{"key": "Target", "value": target}]} if columns else {}
    before = await queue(local)

    answer = await post(local, a_body(local, PrimaryEntityName=table, **told))

    assert answer == (status, None)
    assert (await queue(local))["incoming"] == before["incoming"] + messages


async def test_byte_order_mark_says_nothing(local: Local) -> None:
    """
    A body that begins with a byte order mark is read like any other.
    """
    assert await post(local, codecs.BOM_UTF8 + a_body(local)) == (202, None)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({}, 401, None, id="nothing"),
        pytest.param({"x-functions-key": "guess"}, 401, None, id="wrong key"),
        pytest.param({"x-functions-key": FUNCTION_KEY}, 401, "wrong_secret", id="no secret"),
        pytest.param({**KEYS, "x-connector-secret": "old"}, 401, "wrong_secret", id="wrong secret"),
    ],
)
async def test_stranger_is_refused(
    local: Local, headers: dict[str, str], status: int, code: str | None
) -> None:
    """
    Without the key the host refuses, without the secret we do.
    """
    assert await post(local, a_body(local), headers) == (status, code)


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"OrganizationId": NOBODY}, 403, "foreign_organisation"),
        ({"PrimaryEntityName": "task"}, 204, None),
        ({"MessageName": "Assign"}, 204, None),
        ({"PrimaryEntityName": "task", "PrimaryEntityId": None}, 204, None),
        (
            {"PrimaryEntityName": "none", "PrimaryEntityId": ZEROS, "MessageName": "new_Do"},
            204,
            None,
        ),
        ({"PrimaryEntityId": None, "MessageName": "RetrieveMultiple"}, 204, None),
        ({"PrimaryEntityId": None}, 400, "invalid_event"),
        ({"OperationId": "not an id"}, 400, "invalid_event"),
        ({"InputParameters": "x" * 300 * 1024}, 413, "too_large"),
    ],
    ids=[
        "foreign",
        "table",
        "message",
        "no table",
        "no row",
        "many rows",
        "which",
        "shape",
        "large",
    ],
)
async def test_other_bodies(
    local: Local, members: dict[str, object], status: int, code: str | None
) -> None:
    """
    What is foreign, not synced, misshapen or too large is answered as the contract says.
    """
    assert await post(local, a_body(local, **members)) == (status, code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"', b"[" * 5000])
async def test_nonsense_is_refused(local: Local, body: bytes) -> None:
    """
    Nonsense is a clear 400, never a crash.
    """
    assert await post(local, body) == (400, "invalid_event")


@pytest.mark.parametrize("is_gzip", [True, False])
async def test_compressed_body_is_refused(local: Local, is_gzip: bool) -> None:
    """
    Nobody inflates a body for us, so that a compressed one is no JSON, whatever is in it.
    """
    body = gzip.compress(a_body(local)) if is_gzip else b"no gzip"

    answer = await post(local, body, {**KEYS, "Content-Encoding": "gzip"})

    assert answer == (400, "invalid_event")


async def test_our_echo_is_left(local: Local) -> None:
    """
    Our own write, with our user and our tag, is not queued.
    """
    body = a_body(
        local,
        InitiatingUserId=local.stack.facts("dataverse")["application_user_id"],
        SharedVariables=[{"key": "tag", "value": "spotler-connector"}],
    )

    assert await post(local, body) == (204, None)


async def test_refusing_queue_gives_503(local: Local) -> None:
    """
    When Service Bus refuses, Dataverse is asked for its one retry, and nothing is lost.
    """
    view = local.stack.facts("servicebus")["view"]
    await local.events(retry_delay=0.2)
    await local.stack.control("POST", f"{view}faults", {"refuse_sends": {"times": 1000}})

    answer = await post(local, a_body(local))
    await local.stack.control("DELETE", f"{view}faults")

    assert answer == (503, "queue_unavailable")
    assert await post(local, a_body(local)) == (202, None)


async def test_same_notification_twice_is_one(local: Local) -> None:
    """
    A notification that is delivered twice is one message.
    """
    body, before = a_body(local, MessageName="Create"), await queue(local)

    assert [await post(local, body), await post(local, body)] == [(202, None)] * 2

    after = await queue(local)
    assert after["duplicates"] == before["duplicates"] + 1


async def test_health_says_one_word(local: Local) -> None:
    """
    Anyone may ask for the health, and learns one word, that nobody keeps on the way.
    """
    async with local.stack.http.get(f"{local.stack.hosts[0].facts['url']}/api/health") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("headers", [{}, KEYS], ids=["stranger", "ours"])
async def test_giant_body_is_not_taken(local: Local, headers: dict[str, str]) -> None:
    """
    Of a body of any size the host keeps no more than its limit, and of a stranger's nothing.
    """
    before = peak_memory(local)

    async def a_giant() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 1024**2

    answers: list[int] = []
    with contextlib.suppress(ClientError):  # the host may hang up while we still send
        async with local.stack.http.post(
            local.stack.webhook_url, data=a_giant(), headers=headers
        ) as answer:
            answers.append(answer.status)

    assert answers in ([], [413 if headers else 401])
    assert peak_memory(local) - before < 16 * 1024
    assert await post(local, a_body(local)) == (202, None)


def peak_memory(local: Local) -> int:
    """Return the most kilobytes that the host has ever held."""
    status = Path(f"/proc/{local.stack.hosts[0].pid}/status").read_text()

    return int(status.partition("VmHWM:")[2].split()[0])


async def queue(local: Local) -> dict[str, Any]:
    view = local.stack.facts("servicebus")["view"]

    return dict(await local.stack.control("GET", f"{view}queues/changes"))
