"""The routes of dead letters: what they answer, and to whom."""

import json
from typing import Any

import azure.functions as func
import pytest

from connector.adapters.envelope import to_body
from connector.domain.errors import TransientError
from connector.domain.event import Event, JobStep
from connector.functions.manage import dead_letters
from tests.builders import ORGANISATION, a_change, a_contact_key, a_rename
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

PERSONAL = "jan@example.nl"
KEY = a_contact_key(1_000_001)


def said(answer: func.HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.get_body()))


def bury(world: World) -> None:
    """Let the queue of changes give up an event and what nobody understands."""
    world.review.dead.bodies["changes"] = {7: to_body(a_change(KEY)).encode(), 9: PERSONAL.encode()}


async def test_letters_are_shown_by_codes(world: World) -> None:
    """
    Every queue is shown with the records that its dead letters point to, and never a body.
    """
    bury(world)

    answer = await dead_letters.list_dead_letters(a_call(token="reader"))

    unknown = dict.fromkeys(
        ("message_id", "enqueued_at", "reason", "description", "delivery_count")
    )
    assert said(answer) == {
        "queues": [
            {
                "queue": "changes",
                "messages": [
                    {
                        "sequence_number": 7,
                        "kind": "record_changed",
                        "table": "contact",
                        "record_id": KEY.id,
                        "job": None,
                        **unknown,
                    },
                    {
                        "sequence_number": 9,
                        "kind": None,
                        "table": None,
                        "record_id": None,
                        "job": None,
                        **unknown,
                    },
                ],
                "more": False,
            },
            {"queue": "jobs", "messages": [], "more": False},
        ]
    }
    assert PERSONAL.encode() not in answer.get_body()


RENAME = a_rename()
STEP = JobStep(ORGANISATION, "contacts_to_spotler-000001", 3)


@pytest.mark.parametrize(
    ("queue", "event", "shown"),
    [
        pytest.param(
            "changes",
            RENAME,
            {"kind": "related_changed", "table": "account", "record_id": RENAME.key.id},
            id="another name",
        ),
        pytest.param("jobs", STEP, {"kind": "job_step", "table": None, "job": STEP.job}, id="step"),
    ],
)
async def test_other_kinds_are_shown(
    world: World, queue: str, event: Event, shown: dict[str, object]
) -> None:
    """
    A dead letter says of which kind it is, and which row or job it is about.
    """
    world.review.dead.bodies[queue] = {7: to_body(event).encode()}

    answer = said(await dead_letters.list_dead_letters(a_call(token="reader")))

    [letter] = [one for box in answer["queues"] for one in box["messages"]]
    assert letter.items() >= shown.items()


async def test_sent_and_kept_are_told(world: World) -> None:
    """
    What was sent is told apart from what stays.
    """
    bury(world)
    body = {"queue": "changes", "sequence_numbers": [7, 9]}

    answer = await dead_letters.send(a_call("POST", body=body))

    assert (answer.status_code, said(answer)) == (202, {"sent": 1, "kept": 1})
    assert [*world.review.dead.bodies["changes"]] == [9]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param({"queue": "changes", "sequence_numbers": []}, 400, id="none"),
        pytest.param({"queue": "changes", "sequence_numbers": [1] * 101}, 400, id="too many"),
        pytest.param({"queue": "changes", "sequence_numbers": [-1]}, 400, id="below zero"),
        pytest.param({"queue": "changes", "sequence_numbers": [2**63]}, 400, id="too large"),
        pytest.param({"queue": "changes", "sequence_numbers": ["7"]}, 400, id="a text"),
        pytest.param({"queue": "changes/$management", "sequence_numbers": [7]}, 400, id="hostile"),
        pytest.param({"queue": "priority", "sequence_numbers": [7]}, 404, id="unknown queue"),
        pytest.param({"sequence_numbers": [7]}, 400, id="no queue"),
    ],
)
async def test_unclear_send_is_refused(world: World, body: object, refusal: int) -> None:
    """
    Who does not name letters of a queue of ours touches none.
    """
    bury(world)

    answer = await dead_letters.send(a_call("POST", body=body))

    assert answer.status_code == refusal
    assert len(world.review.dead.bodies["changes"]) == 2


async def test_bus_away_is_told(world: World) -> None:
    """
    While Service Bus does not answer nobody is told that there are no dead letters.
    """
    world.review.dead.errors = [TransientError("service bus must answer in time")]

    answer = await dead_letters.list_dead_letters(a_call())

    assert told(answer) == (503, "try_again_later")
