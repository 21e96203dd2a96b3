import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import azure.functions as func
import pytest

from connector.application.receive_webhook import OUR_TAG
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import OrganisationId, RecordKey, Table
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from connector.domain.event import Change
from connector.domain.refused_call import tag_of
from connector.functions import webhooks
from connector.functions.webhooks import LARGEST_BODY
from tests.builders import ORGANISATION, an_id
from tests.unit.functions.world import OUR_USER, PREVIOUS, SECRET, World

CAPTURED = json.loads(Path("tests/payloads/dataverse/contact_create.json").read_bytes())
PERSONAL = "jan@example.nl"
THEIRS = OrganisationId(an_id(99))
CONTEXT: Mapping[str, object] = {
    "OrganizationId": ORGANISATION,
    "PrimaryEntityName": "contact",
    "PrimaryEntityId": an_id(7),
    "MessageName": "Update",
    "OperationId": an_id(8),
    "CorrelationId": an_id(9),
    "InitiatingUserId": an_id(10),
    "OwningExtension": {"Id": an_id(11)},
    "InputParameters": [{"key": "Target", "value": {"emailaddress1": PERSONAL}}],
}


def a_body(**changes: object) -> bytes:
    return json.dumps({**CONTEXT, **changes}).encode()


async def post(
    body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    request = func.HttpRequest(
        method="POST",
        url="/api/webhooks/dataverse",
        headers={"x-connector-secret": SECRET} if headers is None else headers,
        body=a_body() if body is None else body,
    )
    answer: func.HttpResponse = await webhooks.dataverse_webhook(request)

    return answer


def code_of(answer: func.HttpResponse) -> str:
    assert answer.mimetype == "application/problem+json"

    return str(json.loads(answer.get_body())["code"])


async def test_good_event_is_accepted(world: World) -> None:
    """
    A change of a contact is on the queue before Dataverse hears 202, and only as a pointer.
    """
    answer = await post()

    [event] = world.queue.events
    assert (answer.status_code, answer.get_body()) == (202, b"")
    assert event.key == RecordKey(Table.CONTACT, an_id(7))
    assert (event.change, event.forced, event.attempt) == (Change.UPDATED, False, 0)
    assert (event.operation, event.correlation, event.step) == (an_id(8), an_id(9), an_id(11))
    assert world.counter.counts == {("connector.webhook.received", "accepted"): 1}


async def test_captured_webhook_is_accepted(world: World) -> None:
    """
    What Dataverse really sends is accepted.
    """
    answer = await post(json.dumps(CAPTURED | {"OrganizationId": ORGANISATION}).encode())

    assert answer.status_code == 202
    assert [event.change for event in world.queue.events] == [Change.CREATED]


@pytest.mark.parametrize(
    ("changes", "receipt"),
    [
        pytest.param({"PrimaryEntityName": "task"}, "not_synced", id="another table"),
        pytest.param({"MessageName": "SetState"}, "not_synced", id="another message"),
        pytest.param(
            {
                "InitiatingUserId": OUR_USER,
                "SharedVariables": [{"key": "tag", "value": OUR_TAG}],
            },
            "echo",
            id="our own echo",
        ),
    ],
)
async def test_nothing_to_do_is_no_content(
    world: World, changes: dict[str, object], receipt: str
) -> None:
    """
    What does not concern us is answered with 204 and puts nothing on the queue.
    """
    answer = await post(a_body(**changes))

    assert (answer.status_code, answer.get_body()) == (204, b"")
    assert world.queue.events == []
    assert world.counter.counts == {("connector.webhook.received", receipt): 1}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"x-connector-secret": ""}, id="empty"),
        pytest.param({"x-connector-secret": SECRET[:-1]}, id="cut off"),
        pytest.param({"x-connector-secret": SECRET.upper()}, id="in capitals"),
        pytest.param({"x-connector-secret": f"{SECRET}, {SECRET}"}, id="twice"),
        pytest.param({"x-connector-secret": "sécret"}, id="not ascii"),
        pytest.param({"x-connector-secret": "\udcff\udc80"}, id="not even text"),
        pytest.param({"x-functions-key": SECRET}, id="in another header"),
        pytest.param({"x-ms-client-principal": SECRET}, id="a principal that anyone can send"),
    ],
)
@pytest.mark.parametrize("body", [a_body(), b"{", b"x" * (LARGEST_BODY + 1)], ids=len)
async def test_wrong_secret_is_unauthorised(
    world: World, headers: dict[str, str], body: bytes
) -> None:
    """
    Without a live secret nobody learns what we would have said to the body.
    """
    answer = await post(body, headers)

    assert (answer.status_code, code_of(answer)) == (401, "wrong_secret")
    assert world.queue.events == []
    assert world.counter.counts == {("connector.webhook.rejected", "wrong_secret"): 1}


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
async def test_both_live_secrets_open(world: World, secret: str) -> None:
    """
    While a secret is rotated the current and the previous one are both good.
    """
    assert (await post(headers={"X-Connector-Secret": secret})).status_code == 202


async def test_retired_secret_is_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A previous secret that was taken away opens nothing, and an empty one never does.
    """
    known = world.services(WEBHOOK_SECRET_PREVIOUS="")
    monkeypatch.setattr(webhooks, "services", lambda: known)

    assert (await post(headers={"x-connector-secret": PREVIOUS})).status_code == 401
    assert (await post(headers={"x-connector-secret": ""})).status_code == 401


async def test_function_key_alone_where_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where the operator chose so the host's key check stands alone.
    """
    known = world.services(WEBHOOK_AUTH="key", WEBHOOK_SECRET="", WEBHOOK_SECRET_PREVIOUS="")
    monkeypatch.setattr(webhooks, "services", lambda: known)

    assert (await post(headers={})).status_code == 202


async def test_foreign_organisation_is_forbidden(world: World) -> None:
    """
    Another organisation is refused though it knows the secret.
    """
    answer = await post(a_body(OrganizationId=an_id(404)))

    assert (answer.status_code, code_of(answer)) == (403, "foreign_organisation")
    assert world.queue.events == []
    assert world.counter.counts == {("connector.webhook.rejected", "foreign_organisation"): 1}


async def test_mistyped_organisation_asks_for_repetition(world: World) -> None:
    """
    While the settings name another organisation than the environment has nothing is final.
    """
    world.crm.errors = [OtherOrganisationError()]

    answer = await post(a_body(OrganizationId=an_id(404)))

    assert (answer.status_code, code_of(answer)) == (503, "other_organisation")
    assert "DATAVERSE_ORGANISATION_ID" in answer.get_body().decode()
    assert world.queue.events == []
    assert world.counter.counts == {("connector.webhook.rejected", "other_organisation"): 1}


@pytest.mark.parametrize(
    "error",
    [TransientError("the CRM must be up"), ConfigurationError("the CRM must accept our secret")],
    ids=["down", "secret refused"],
)
async def test_unproven_organisation_asks_for_repetition(
    world: World, error: ConnectorError
) -> None:
    """
    As long as nobody knows whose environment it is no organisation is refused for good.
    """
    world.crm.errors = [error]

    answer = await post(a_body(OrganizationId=an_id(404)))

    assert (answer.status_code, code_of(answer)) == (503, "unknown_organisation")
    assert world.counter.counts == {("connector.webhook.rejected", "unknown_organisation"): 1}


async def test_proof_outlasts_an_outage(world: World) -> None:
    """
    An environment that was proven ours a moment ago is ours while it cannot be asked.
    """
    await world.office.checker.look()
    world.now += 15
    world.crm.errors = [TransientError("the CRM must be up")]

    answer = await post(a_body(OrganizationId=an_id(404)))

    assert (answer.status_code, code_of(answer)) == (403, "foreign_organisation")


async def test_other_environment_gets_nothing_queued(world: World) -> None:
    """
    Once the environment is known to be another's, calls that name ours must come once more too.
    """
    world.crm.errors = [OtherOrganisationError()]
    await world.office.checker.look()

    answer = await post()

    assert (answer.status_code, code_of(answer)) == (503, "other_organisation")
    assert world.queue.events == []


@pytest.mark.parametrize(
    ("named", "is_noted"),
    [
        ("contoso.crm4.dynamics.com", True),
        ("Contoso.CRM4.dynamics.com", True),
        ("copy.crm4.dynamics.com", False),
        ("", False),
    ],
    ids=["ours", "in capitals", "a copy of ours", "nobody"],
)
async def test_refusal_of_ours_is_noted(world: World, named: str, *, is_noted: bool) -> None:
    """
    A wrong secret is noted when our environment sends it; what others send says nothing.
    """
    secret = {"x-connector-secret": "of last year"}

    await post(headers={"x-ms-dynamics-organization": named, **secret})
    await world.activity.close()

    noted = world.office.status.stored.activity
    assert (noted.refused_at is not None) == is_noted
    assert [*noted.refused_with] == ([tag_of(b"of last year", ORGANISATION)] if is_noted else [])


async def test_refusal_for_our_organisation_is_a_loss(world: World) -> None:
    """
    Where our own setting names another organisation, what was refused with our secret is lost.
    """
    world.crm.errors = [OtherOrganisationError()]
    await world.office.checker.look()

    await post(a_body(OrganizationId=THEIRS), {"x-connector-secret": "of a stranger, say"})
    await post(b"{")
    before = {**world.others}
    await post(a_body(OrganizationId=THEIRS))

    assert before == {}
    assert world.others[THEIRS].noted.lost_at is not None
    assert world.activity.noted.lost_at is None
    await post()
    assert world.activity.noted.lost_at is not None


@pytest.mark.parametrize(
    ("named", "is_lost"),
    [("contoso.crm4.dynamics.com", True), ("copy.crm4.dynamics.com", False)],
    ids=["ours", "a copy of ours"],
)
async def test_unproven_organisation_is_a_loss(world: World, named: str, *, is_lost: bool) -> None:
    """
    While nobody could ask whose environment it is, what our own is refused is lost.
    """
    world.crm.errors = [TransientError("the CRM must be reachable")]
    headers = {"x-connector-secret": SECRET, "x-ms-dynamics-organization": named}

    answer = await post(a_body(OrganizationId=THEIRS), headers)

    assert code_of(answer) == "unknown_organisation"
    assert [*world.others] == ([THEIRS] if is_lost else [])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken JSON"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(a_body(OrganizationId=PERSONAL), id="organisation that is none"),
        pytest.param(a_body(PrimaryEntityId=None), id="no row"),
        pytest.param(a_body(MessageName=7), id="message that is none"),
        pytest.param(a_body(OperationId=PERSONAL), id="operation that is none"),
    ],
)
async def test_wrong_shape_is_bad_request(world: World, body: bytes) -> None:
    """
    A body that is no event is refused, with the member that is wrong and not its value.
    """
    answer = await post(body)

    assert (answer.status_code, code_of(answer)) == (400, "invalid_event")
    assert PERSONAL not in answer.get_body().decode()
    assert world.queue.events == []
    assert world.counter.counts == {("connector.webhook.rejected", "invalid_event"): 1}


@pytest.mark.parametrize(
    ("size", "status"), [(LARGEST_BODY, 202), (LARGEST_BODY + 1, 413)], ids=["fits", "too large"]
)
async def test_large_body_is_refused(world: World, size: int, status: int) -> None:
    """
    300 KB are read, one byte more is not.
    """
    body = a_body().ljust(size)

    answer = await post(body)

    assert answer.status_code == status
    assert len(world.queue.events) == (status == 202)
    assert status == 202 or code_of(answer) == "too_large"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (str(LARGEST_BODY), 202),
        (str(LARGEST_BODY + 1), 413),
        ("9" * 5_000, 413),
        ("-1", 202),
        ("much", 202),
        ("", 202),
    ],
    ids=["fits", "too large", "endless", "negative", "no number", "unsaid"],
)
async def test_said_length_is_believed_upwards(world: World, said: str, status: int) -> None:
    """
    A body that says it is too large is not even looked at; what a small one says proves nothing.
    """
    headers = {"x-connector-secret": SECRET, "content-length": said}

    assert (await post(headers=headers)).status_code == status


@pytest.mark.parametrize(
    "headers", [{}, {"x-connector-secret": SECRET, "content-length": "9999999"}]
)
async def test_body_of_a_stranger_is_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """
    The answer to who does not know the secret, or says too much, does not need the body.
    """

    def fail(_: func.HttpRequest) -> bytes:
        raise AssertionError("the body must not be read")

    monkeypatch.setattr(func.HttpRequest, "get_body", fail)
    monkeypatch.setattr(func.HttpRequest, "get_json", fail)
    request = func.HttpRequest(
        method="POST", url="/api/webhooks/dataverse", headers=headers, body=a_body()
    )

    answer = await webhooks.dataverse_webhook(request)

    assert answer.status_code == (413 if headers else 401)


async def test_answers_are_not_kept(world: World) -> None:
    """
    No answer is kept on the way, or taken for anything else than it is.
    """
    for answer in (await post(), await post(headers={}), await post(b"{")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_flood_of_strangers_is_one_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """
    However often strangers call, each is counted and the log does not grow with them.
    """
    for _ in range(50):
        await post(headers={})

    assert [record.getMessage() for record in caplog.records] == [
        "webhook refused: wrong_secret, the secret must be ours"
    ]
    assert world.counter.counts == {("connector.webhook.rejected", "wrong_secret"): 50}


async def test_refusing_queue_asks_for_repetition(world: World) -> None:
    """
    When the queue does not take the pointer we answer 503: Dataverse repeats that, and no 500.
    """
    world.queue.errors = [TransientError("service bus must take the event")]

    answer = await post()

    assert (answer.status_code, code_of(answer)) == (503, "queue_unavailable")
    assert world.activity.noted.lost_at is not None
    assert world.counter.counts == {("connector.webhook.rejected", "queue_unavailable"): 1}
    assert (await post()).status_code == 202


async def test_cancelled_webhook_notes_its_loss(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A webhook that is ended while it holds a change notes that the change may be lost.
    """

    async def hold(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(webhooks, "receive_webhook", hold)

    with pytest.raises(asyncio.CancelledError):
        await post()

    assert world.activity.noted.lost_at is not None


async def test_log_holds_nothing_of_body(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    Neither the secret nor a value of the body gets into the log, whatever is wrong.
    """
    with caplog.at_level(logging.DEBUG):
        await post()
        await post(headers={"x-connector-secret": "guess-4711"})
        await post(a_body(OrganizationId=PERSONAL))
        await post(a_body(OrganizationId=an_id(404)))
        world.queue.errors = [TransientError("service bus must take the event")]
        await post()

    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "webhook refused: wrong_secret" in told
    for hidden in (SECRET, "guess-4711", PERSONAL):
        assert hidden not in told
