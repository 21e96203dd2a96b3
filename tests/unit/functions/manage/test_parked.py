"""The routes of parked messages: what they answer, and to whom."""

import json
from typing import Any

import azure.functions as func
import pytest

from connector.adapters.envelope import to_body
from connector.domain.errors import TransientError
from connector.domain.event import CHANGES, JOBS, Event, JobStep
from connector.domain.parking import ParkedEvent, StrangeMessage, park_event
from connector.functions.manage import parked
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key, a_rename
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

PERSONAL = "jan@example.nl"
KEY = a_contact_key(1_000_001)


def said(answer: func.HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.get_body()))


async def put(world: World) -> tuple[str, str]:
    """Park an event and a strange message, and return their ids."""
    event = park_event(a_change(KEY, attempt=21), "rejected:PROPERTY_INVALID:city", NOW)
    strange = StrangeMessage(PERSONAL.encode(), "a message must be known", queue=JOBS).parked(NOW)
    for one in (event, strange):
        await world.parking.park(one)

    return event.id, strange.id


async def test_parked_is_shown_by_codes(world: World) -> None:
    """
    What is parked is shown by ids and codes, and whether it can be sent again; never a body.
    """
    event, strange = await put(world)

    answer = await parked.list_parked(a_call(token="reader"))

    assert said(answer) == {
        "parked": [
            {
                "id": event,
                "queue": "changes",
                "kind": "record_changed",
                "table": "contact",
                "record_id": KEY.id,
                "reason": "rejected:PROPERTY_INVALID:city",
                "attempts": 21,
                "parked_at": "2026-11-23T12:00:00Z",
                "first_parked_at": "2026-11-23T12:00:00Z",
                "readable": True,
            },
            {
                "id": strange,
                "queue": "jobs",
                "kind": None,
                "table": None,
                "record_id": None,
                "reason": "a message must be known",
                "attempts": 0,
                "parked_at": "2026-11-23T12:00:00Z",
                "first_parked_at": "2026-11-23T12:00:00Z",
                "readable": False,
            },
        ],
        "more": False,
    }
    assert PERSONAL.encode() not in answer.get_body()


async def test_long_list_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    More than is shown is told, rather than sent to the browser.
    """
    monkeypatch.setattr(parked, "MOST", 1)
    await put(world)

    answer = said(await parked.list_parked(a_call()))

    assert (len(answer["parked"]), answer["more"]) == (1, True)


async def test_sent_and_kept_are_told(world: World) -> None:
    """
    What was sent is told apart from what stays.
    """
    ids = [*await put(world)]

    answer = await parked.send(a_call("POST", body={"ids": ids}))

    assert (answer.status_code, said(answer)) == (202, {"sent": 1, "kept": 1})
    assert [*world.parking.parked] == ids[1:]


async def test_discarded_are_told(world: World) -> None:
    """
    What was discarded is gone, and counted.
    """
    _, strange = await put(world)

    answer = await parked.discard(a_call("POST", body={"ids": [strange]}))

    assert (answer.status_code, said(answer)) == (200, {"discarded": 1})
    assert strange not in world.parking.parked


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param([], id="none"),
        pytest.param(["message-1"] * 101, id="too many"),
        pytest.param(["a/b"], id="what no key may hold"),
        pytest.param(["' or 1 eq 1"], id="hostile"),
        pytest.param(["x" * 201], id="long"),
        pytest.param([1], id="a number"),
        pytest.param("message-1", id="no list"),
    ],
)
async def test_unclear_ids_are_refused(world: World, ids: object) -> None:
    """
    Who does not name rows properly touches none.
    """
    await put(world)

    for route in (parked.send, parked.discard):
        assert told(await route(a_call("POST", body={"ids": ids}))) == (400, "invalid_body")
    assert len(world.parking.parked) == 2


async def test_tables_away_is_told(world: World) -> None:
    """
    While the tables cannot be read nobody is told that nothing is parked.
    """
    world.review.parked.errors = [TransientError("table storage must be reachable")]

    assert told(await parked.list_parked(a_call())) == (503, "try_again_later")


STEP = JobStep(ORGANISATION, "contacts_to_spotler-000001", 3)
RENAME = a_rename()


@pytest.mark.parametrize(
    ("event", "queue", "shown"),
    [
        pytest.param(
            RENAME, CHANGES, ("related_changed", "account", RENAME.key.id), id="another name"
        ),
        pytest.param(STEP, JOBS, ("job_step", None, None), id="step of a job"),
    ],
)
async def test_other_kinds_are_shown(
    world: World, event: Event, queue: str, shown: tuple[str | None, ...]
) -> None:
    """
    What is parked as a message says of which kind it is, which row it is about, and can be sent.
    """
    kept = ParkedEvent(
        id="related-1", reason="TransientError", parked_at=NOW, body=to_body(event), queue=queue
    )
    await world.parking.park(kept)

    [found] = said(await parked.list_parked(a_call()))["parked"]
    sent = said(await parked.send(a_call("POST", body={"ids": ["related-1"]})))

    assert (found["kind"], found["table"], found["record_id"]) == shown
    assert found["readable"] is True
    assert sent == {"sent": 1, "kept": 0}
    assert len(world.review.queues[queue].events) == 1
