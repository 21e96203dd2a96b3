"""What each function does while a setting is wrong: nothing is lost, and nobody learns too much."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

import azure.functions as func
import pytest
from azure.functions.servicebus import ServiceBusMessage

from connector.adapters.messages import ATTEMPT, REDELIVERED, TOLD_AT, WAITS
from connector.bootstrap.start import Refusing
from connector.domain.errors import MisconfiguredError, TransientError
from connector.domain.refused_call import tag_of
from connector.functions import health, putting_back, queues, timers, webhooks
from connector.functions.manage.connection import save, show
from connector.functions.manage.sign_in import me
from connector.functions.putting_back import is_redelivered, put_back
from tests.builders import ORGANISATION
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import SECRET, World, functions_that_ask

FAULT = "WEBHOOK_SECRET: must have at least 16 characters"


class FakeWayBack:
    """A queue that messages go back to: `copies` with their delays."""

    def __init__(self) -> None:
        self.copies: list[tuple[bytes, dict[str, int | bool | str], timedelta]] = []
        self.errors: list[Exception] = []
        self.sends = 0

    async def send_bodies(
        self, bodies: Sequence[tuple[bytes, Mapping[str, int | bool | str]]], *, delay: timedelta
    ) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sends += 1
        self.copies += [(body, {**beside}, delay) for body, beside in bodies]


@pytest.fixture
def back(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeWayBack]:
    """Take the services away, and return the queues by which the host listens."""

    def refuse() -> None:
        raise MisconfiguredError([FAULT])

    for module in functions_that_ask("services"):
        monkeypatch.setattr(module, "services", refuse)
    ways = {"changes": FakeWayBack(), "jobs": FakeWayBack()}
    monkeypatch.setattr(putting_back, "queue_of_trigger", ways.__getitem__)

    return ways


def a_message(
    body: bytes = b"{",
    *,
    delivery: int | None = 1,
    properties: dict[str, object] | None = None,
) -> ServiceBusMessage:
    return ServiceBusMessage(
        body=body,
        message_id="message-1",
        delivery_count=delivery,
        application_properties=properties or {},
        user_properties={},
    )


@pytest.mark.usefixtures("back")
async def test_webhook_asks_for_repetition(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    Dataverse repeats a 503 and nothing else, and a stranger learns only that something is wrong.
    """
    request = func.HttpRequest(method="POST", url="/api/webhooks/dataverse", body=b"{")

    answer = await webhooks.dataverse_webhook(request)

    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.get_body())["code"] == "misconfigured"
    assert "WEBHOOK_SECRET" not in answer.get_body().decode()
    assert "webhook refused: misconfigured" in caplog.text
    assert world.counter.counts == {("connector.webhook.rejected", "misconfigured"): 1}


@pytest.mark.usefixtures("back")
@pytest.mark.parametrize("is_known", [True, False], ids=["rest is right", "nothing is"])
async def test_lost_call_is_noted(
    world: World, monkeypatch: pytest.MonkeyPatch, *, is_known: bool
) -> None:
    """
    With which secret a call came is noted where it can be: whose it was is known afterwards.

    Where the function key is all that is asked for, any call that came so far had it.
    """
    known = Refusing(ORGANISATION, world.activity) if is_known else None
    monkeypatch.setattr(webhooks, "refusing", lambda: known)
    headers = {"x-connector-secret": SECRET}
    request = func.HttpRequest(
        method="POST", url="/api/webhooks/dataverse", headers=headers, body=b"{"
    )

    for _ in range(2):
        assert (await webhooks.dataverse_webhook(request)).status_code == 503

    tags = {tag_of(secret, ORGANISATION) for secret in (SECRET.encode(), b"") if is_known}
    assert {*world.activity.noted.refused_with} == tags
    assert world.activity.noted.refused_at is None


@pytest.mark.usefixtures("back")
async def test_health_is_degraded() -> None:
    """
    A monitor learns that something is wrong, and nothing more.
    """
    answer = await health.health(func.HttpRequest(method="GET", url="/api/health", body=b""))

    assert (answer.status_code, answer.get_body()) == (503, b'{"status": "degraded"}')


@pytest.mark.usefixtures("back")
async def test_person_reads_what_is_wrong() -> None:
    """
    Who signed in is told which setting it is, on whatever they ask.
    """
    for route, method in ((me, "GET"), (show, "GET"), (save, "PUT")):
        answer = await route(a_call(method, token="admin"))

        assert told(answer) == (503, "misconfigured")
        assert json.loads(answer.get_body())["faults"] == [FAULT]


@pytest.mark.usefixtures("back")
@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, (401, "unauthorised")),
        ("stranger", (401, "unauthorised")),
        ("nobody", (403, "role_missing")),
    ],
)
async def test_stranger_reads_nothing(
    world: World, token: str | None, code: tuple[int, str]
) -> None:
    """
    Who is not signed in, or has no role, is not told which setting is wrong.
    """
    answer = await me(a_call(token=token))

    assert told(answer) == code
    assert world.counter.counts == (
        {("connector.manage.rejected", "unauthorised"): 1} if code[0] == 401 else {}
    )
    assert "WEBHOOK_SECRET" not in answer.get_body().decode()


@pytest.mark.usefixtures("back")
async def test_timer_only_tells(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The timer does nothing, and the log says again what must be put right.
    """
    monkeypatch.setenv("TIME_ZONE", "Mars")

    await timers.wake_jobs(None)

    assert "settings must be put right: TIME_ZONE: must be the name of a time zone" in caplog.text


async def test_messages_go_back_as_they_came(back: dict[str, FakeWayBack]) -> None:
    """
    Each message goes back to its own queue for later, in an order that nobody needs.
    """
    await queues.sync_changes([a_message(b"{"), a_message(b"\xff", properties={ATTEMPT: 7})])
    await queues.run_jobs(a_message(b"step"))

    first = timedelta(seconds=5)
    beside = {ATTEMPT: 0, WAITS: 1, REDELIVERED: False}
    assert back["changes"].copies == [
        (b"{", beside, first),
        (b"\xff", beside | {ATTEMPT: 7}, first),
    ]
    assert back["jobs"].copies == [(b"step", beside, first)]


@pytest.mark.parametrize(
    ("waits", "seconds"), [(0, 5), (1, 10), (5, 160), (6, 300), (10, 300), (10**30, 5)]
)
async def test_waits_grow(back: dict[str, FakeWayBack], waits: int, seconds: int) -> None:
    """
    What is put right soon goes on soon; what is not costs a look every five minutes.
    """
    await put_back([a_message(properties={WAITS: waits})], "changes")

    [(_, _, delay)] = back["changes"].copies
    assert delay == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("message", "forced"),
    [
        (a_message(), False),
        (a_message(delivery=None), False),
        (a_message(delivery=2), True),
        (a_message(properties={REDELIVERED: True}), True),
        (a_message(properties={REDELIVERED: "yes"}), False),
    ],
    ids=["first", "unsaid", "second", "copy of a second", "of a stranger"],
)
async def test_copy_remembers_redelivery(
    back: dict[str, FakeWayBack], message: ServiceBusMessage, forced: bool
) -> None:
    """
    What had been delivered before does not skip by fingerprint after it was put back either.
    """
    await put_back([message], "changes")

    [(_, beside, _)] = back["changes"].copies
    assert is_redelivered(message) is forced
    assert beside[REDELIVERED] is forced


TOLD = "2026-11-23T12:00:00+00:00"


@pytest.mark.parametrize(
    ("properties", "told"),
    [({TOLD_AT: TOLD}, TOLD), ({}, None), ({TOLD_AT: "today"}, None)],
    ids=["told", "not told", "of a stranger"],
)
async def test_copy_remembers_when_it_was_told(
    back: dict[str, FakeWayBack], properties: dict[str, object], told: str | None
) -> None:
    """
    What was put back came in when the CRM told of it, not when it was put back.
    """
    await put_back([a_message(properties=properties)], "changes")

    [(_, beside, _)] = back["changes"].copies
    assert beside.get(TOLD_AT) == told


async def test_large_messages_go_back_too(back: dict[str, FakeWayBack]) -> None:
    """
    A batch that Service Bus would not take at once goes back in portions, and keeps its order.
    """
    bodies = [bytes([n]) * 60 * 1024 for n in range(5)] + [b"small", b"x" * 200 * 1024]

    await put_back([a_message(body) for body in bodies], "changes")

    assert [body for body, _, _ in back["changes"].copies] == bodies
    assert back["changes"].sends == 6


async def test_unsendable_messages_stay(
    back: dict[str, FakeWayBack], caplog: pytest.LogCaptureFixture
) -> None:
    """
    Where no copy can be sent the host has the messages back, as late as can be.
    """
    back["changes"].errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError), caplog.at_level(logging.ERROR):
        await put_back([a_message()], "changes", kept_seconds=0)

    assert "1 messages of changes are kept" in caplog.text
