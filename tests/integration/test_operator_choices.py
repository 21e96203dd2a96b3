"""What an operator chooses by settings: who may call the webhook, and what a deletion means."""

import json
import uuid
from http import HTTPStatus

import pytest

from devstack.stack import StackOptions
from devstack.stack.settings import FUNCTION_KEY, WEBHOOK_SECRET
from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

NEW, OTHER = "a-new-secret-for-tests", "another-secret-for-tests"
KEY_ALONE = {"WEBHOOK_AUTH": "key", "ON_DELETE": "keep"}
TWO_SECRETS = {
    "WEBHOOK_SECRET": NEW,
    "WEBHOOK_SECRET_PREVIOUS": WEBHOOK_SECRET,
    "ON_DELETE": "anonymise",
}
GOOD, BAD = HTTPStatus.ACCEPTED, HTTPStatus.UNAUTHORIZED
ANSWERS = {"key": dict.fromkeys((None, NEW, WEBHOOK_SECRET, OTHER), GOOD)}
ANSWERS["header"] = {None: BAD, NEW: GOOD, WEBHOOK_SECRET: GOOD, OTHER: BAD}


@pytest.fixture(scope="module", params=[KEY_ALONE, TWO_SECRETS], ids=["key", "header"])
def stack_options(request: pytest.FixtureRequest) -> StackOptions:
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1", **request.param})


@pytest.mark.feature("F66")
@pytest.mark.parametrize("secret", [None, NEW, WEBHOOK_SECRET, OTHER])
async def test_who_may_call(local: Local, stack_options: StackOptions, secret: str | None) -> None:
    """
    With a key alone no secret is asked for; while a secret is changed, the old and the new one do.
    """
    body = {
        "OrganizationId": local.stack.facts("dataverse")["organisation_id"],
        "PrimaryEntityName": "contact",
        "PrimaryEntityId": str(uuid.uuid4()),
        "MessageName": "Update",
        "OperationId": str(uuid.uuid4()),
    }
    headers = {"x-functions-key": FUNCTION_KEY}
    if secret is not None:
        headers["x-connector-secret"] = secret

    async with local.stack.http.post(
        local.stack.webhook_url, data=json.dumps(body), headers=headers
    ) as answer:
        answered = answer.status

    auth = stack_options.settings.get("WEBHOOK_AUTH", "header")
    assert answered == ANSWERS[auth][secret]


@pytest.mark.feature("F69")
async def test_what_a_deletion_means(local: Local, stack_options: StackOptions) -> None:
    """
    Who is deleted in Dynamics is kept as they are, or made unrecognisable, as was chosen.
    """
    person = await local.crm.create("contact", lastname="Weg", emailaddress1="weg@example.nl")
    await local.stack.settle()
    await local.spotler.permit(person, 2)

    await local.crm.delete("contact", person)
    await local.stack.settle()

    people = (await local.spotler.contacts()).values()
    is_kept = any(one["properties"].get("lastName") == "Weg" for one in people)
    assert is_kept == (stack_options.settings["ON_DELETE"] == "keep")
