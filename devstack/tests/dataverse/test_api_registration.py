"""Steps and images are refused when they do not fit, and go with their table's rows."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_deleted_row_takes_its_images(stage: Stage) -> None:
    """
    An endpoint that goes takes its steps along, and they their images.
    """
    store = stage.simulator.store
    endpoint = await stage.make("serviceendpoints", name="x", contract=8, authtype=4)
    step = await make_step(stage, endpoint, "Update")
    await make_image(stage, step, "Target", 1)

    await stage.call("DELETE", f"serviceendpoints({endpoint})")

    assert store.count("sdkmessageprocessingstep") == 0
    assert store.count("sdkmessageprocessingstepimage") == 0


@pytest.mark.parametrize(
    ("message", "name", "kind", "status"),
    [
        pytest.param("Create", "Id", 1, 204, id="post-image-of-create"),
        pytest.param("Create", "Target", 1, 400, id="create-by-target"),
        pytest.param("Create", "Id", 0, 400, id="pre-image-of-create"),
        pytest.param("Update", "Target", 2, 204, id="both-of-update"),
        pytest.param("Update", "Id", 1, 400, id="update-by-id"),
        pytest.param("Delete", "Target", 0, 204, id="pre-image-of-delete"),
        pytest.param("Delete", "Target", 1, 400, id="post-image-of-delete"),
    ],
)
async def test_image_fits_its_message(
    stage: Stage, message: str, name: str, kind: int, status: int
) -> None:
    """
    An image names the right property of its message and exists at its side of the write.
    """
    endpoint = await stage.make("serviceendpoints", name="x", contract=8, authtype=4)
    step = await make_step(stage, endpoint, message)

    answer = await stage.call("POST", "sdkmessageprocessingstepimages", image(step, name, kind))

    assert answer.status == status


async def test_asynchronous_step_is_post_operation(stage: Stage) -> None:
    """
    An asynchronous step exists in the stage after the operation only.
    """
    endpoint = await stage.make("serviceendpoints", name="x", contract=8, authtype=4)
    body = {**await step_of(stage, endpoint, "Create"), "stage": 20}

    answer = await stage.call("POST", "sdkmessageprocessingsteps", body)

    assert answer.status == 400


async def make_step(stage: Stage, endpoint: str, message: str) -> str:
    return await stage.make("sdkmessageprocessingsteps", **await step_of(stage, endpoint, message))


async def step_of(stage: Stage, endpoint: str, message: str) -> dict[str, object]:
    [found] = (await stage.get("sdkmessages", filter=f"name eq '{message}'")).rows
    text = f"_sdkmessageid_value eq {found['sdkmessageid']} and primaryobjecttypecode eq 'contact'"
    [narrowed] = (await stage.get("sdkmessagefilters", filter=text)).rows

    return {
        "name": "step",
        "mode": 1,
        "stage": 40,
        "rank": 1,
        "supporteddeployment": 0,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        "sdkmessageid@odata.bind": f"/sdkmessages({found['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({narrowed['sdkmessagefilterid']})",
    }


def image(step: str, name: str, kind: int) -> dict[str, object]:
    return {
        "name": "image",
        "entityalias": "image",
        "imagetype": kind,
        "messagepropertyname": name,
        "attributes": "emailaddress1",
        "sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})",
    }


async def make_image(stage: Stage, step: str, name: str, kind: int) -> str:
    return await stage.make("sdkmessageprocessingstepimages", **image(step, name, kind))
