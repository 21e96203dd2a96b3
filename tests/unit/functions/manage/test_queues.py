"""The route of the queues: numbers, for whoever may look."""

import json

from connector.domain.queue_load import Number, QueueLoad
from connector.functions.manage import queues
from tests.checks import a_load
from tests.unit.functions.manage.calls import a_call
from tests.unit.functions.world import World


async def test_numbers_are_shown(world: World) -> None:
    """
    Each queue is shown with what waits, what is due later and what was given up.
    """
    many = QueueLoad(
        queue="changes",
        waiting=Number(998, at_least=True),
        scheduled=Number(2, at_least=True),
        dead=Number(1),
    )
    world.review.watch.loads = [many, a_load("jobs", waiting=1)]

    answer = await queues.show_queues(a_call(token="reader"))
    again = await queues.show_queues(a_call(headers={"If-None-Match": answer.headers["ETag"]}))

    nothing = {"count": 0, "at_least": False}
    assert json.loads(answer.get_body()) == {
        "queues": [
            {
                "queue": "changes",
                "waiting": {"count": 998, "at_least": True},
                "scheduled": {"count": 2, "at_least": True},
                "dead": {"count": 1, "at_least": False},
            },
            {
                "queue": "jobs",
                "waiting": {"count": 1, "at_least": False},
                "scheduled": nothing,
                "dead": nothing,
            },
        ]
    }
    assert again.status_code == 304
