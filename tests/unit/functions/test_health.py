import json

import azure.functions as func
import pytest

from connector.domain.errors import ConfigurationError, TransientError
from connector.functions import health
from tests.unit.functions.world import World


async def ask() -> func.HttpResponse:
    request = func.HttpRequest(method="GET", url="/api/health", body=b"")
    answer: func.HttpResponse = await health.health(request)

    return answer


async def test_all_well_says_ok(world: World) -> None:
    """
    A monitor that looks at the status alone learns that all is well.
    """
    world.office.connect()

    answer = await ask()

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert json.loads(answer.get_body()) == {"status": "ok"}


@pytest.mark.parametrize(
    "error",
    [
        TransientError("the CRM must be reachable (10.0.0.1)"),
        ConfigurationError("Entra must accept the tenant, client id and secret"),
    ],
    ids=["away", "refused"],
)
async def test_anything_wrong_says_degraded(world: World, error: TransientError) -> None:
    """
    Anyone may ask, so that what is wrong is in the log and not in the answer.
    """
    world.crm.errors = [error]

    answer = await ask()

    assert answer.status_code == 503
    assert json.loads(answer.get_body()) == {"status": "degraded"}


async def test_asking_often_costs_nothing(world: World) -> None:
    """
    Whoever asks again and again hears the same answer for a while, without a call.
    """
    world.office.connect()
    await ask()
    world.crm.errors = [TransientError("the CRM must be reachable")]

    assert (await ask()).status_code == 200
    world.now += 15.0
    assert (await ask()).status_code == 503
