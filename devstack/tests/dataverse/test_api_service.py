"""What stands around the data: tokens, limits, faults, https, privileges, functions."""

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from devstack.dataverse import DataverseOptions, DataverseSimulator
from devstack.dataverse.api.actions import VERSION
from devstack.dataverse.api.limits import ServiceProtection
from devstack.dataverse.errors import DataverseError
from devstack.faults import Fault
from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_token_opens_the_door(stage: Stage) -> None:
    """
    A token for our own address is good until it expires.
    """
    answer = await stage.authenticate()

    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3599
    assert (await stage.get("WhoAmI")).status == 200


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        pytest.param({"client_secret": "x"}, 401, "invalid_client", id="secret"),
        pytest.param({"client_id": "x"}, 400, "unauthorized_client", id="client"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="grant"),
        pytest.param({"scope": "https://x.example/user"}, 400, "invalid_scope", id="scope"),
    ],
)
async def test_bad_credentials_are_refused(
    stage: Stage, fields: dict[str, str], status: int, error: str
) -> None:
    """
    Entra refuses with its own kind of body, whose description begins with a numbered code.
    """
    answer = await stage.authenticate(**fields)

    assert (answer.status, answer.json["error"]) == (status, error)
    code = answer.json["error_codes"][0]
    assert answer.json["error_description"].startswith(f"AADSTS{code}: ")


async def test_other_tenant_is_refused(stage: Stage) -> None:
    """
    A tenant that is not ours has no tokens.
    """
    stage.facts["token_url"] = stage.facts["token_url"].replace(stage.facts["tenant_id"], "other")

    assert (await stage.authenticate()).json["error"] == "invalid_request"


@pytest.mark.parametrize("token", ["", "made-up"])
async def test_no_token_is_401(stage: Stage, token: str) -> None:
    """
    Without a token that we handed out the answer is 401 with a challenge.
    """
    stage.token = token

    answer = await stage.get("contacts")

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_token_for_another_is_401(stage: Stage) -> None:
    """
    A token for another audience opens nothing here.
    """
    other = await stage.authenticate(scope="https://other.crm4.dynamics.com/.default")
    stage.token = other.json["access_token"]

    assert (await stage.get("contacts")).status == 401


async def test_expired_token_is_401() -> None:
    """
    A token is worth nothing once its time is over.
    """
    async with staged(token_seconds=0) as stage:
        assert (await stage.get("contacts")).status == 401


async def test_tokens_can_be_forgotten(stage: Stage) -> None:
    """
    A test can take all tokens back.
    """
    await stage.control("DELETE", "tokens")

    assert (await stage.get("contacts")).status == 401


@pytest.mark.parametrize("name", ["WhoAmI", "WhoAmI()"])
async def test_who_am_i(stage: Stage, name: str) -> None:
    """
    WhoAmI tells the ids of user, unit and organisation, with parentheses or without.
    """
    answer = await stage.get(name)

    assert answer.json["UserId"] == stage.facts["application_user_id"]
    assert answer.json["OrganizationId"] == stage.facts["organisation_id"]
    assert answer.json["BusinessUnitId"]


async def test_organisation_gets_another_id(stage: Stage) -> None:
    """
    A test can give the organisation another id, as a restore does; a reset takes it back.
    """
    other = "99999999-4D0B-ef11-9f83-000d3adf4a10"

    answer = await stage.control("PUT", "organisation", {"id": other})
    told = (await stage.get("WhoAmI")).json["OrganizationId"]
    rows = (await stage.get("organizations?$select=name")).rows
    await stage.control("POST", "reset")

    assert answer.status == 204
    assert (told, [row["organizationid"] for row in rows]) == (other.lower(), [other.lower()])
    assert stage.simulator.events.organisation.id == stage.facts["organisation_id"]
    assert (await stage.get("WhoAmI")).json["OrganizationId"] == stage.facts["organisation_id"]


@pytest.mark.parametrize("body", [{}, {"id": "ours"}, ["ours"]])
async def test_organisation_needs_an_id(stage: Stage, body: object) -> None:
    """
    What is no id is no organisation.
    """
    assert (await stage.control("PUT", "organisation", body)).status == 400


async def test_version_is_told(stage: Stage) -> None:
    """
    RetrieveVersion tells the version of the platform.
    """
    assert (await stage.get("RetrieveVersion()")).json["Version"] == VERSION


@pytest.mark.parametrize("names", ["'contact','lead'", '"contact", "lead"'])
async def test_rows_are_counted(stage: Stage, names: str) -> None:
    """
    RetrieveTotalRecordCount tells how many rows each table has, in the order of the question.
    """
    await stage.control("POST", "seed", {"count": 7})

    answer = await stage.get(f"RetrieveTotalRecordCount(EntityNames=[{names}])")

    assert answer.json["EntityRecordCountCollection"] == {
        "Count": 2,
        "IsReadOnly": False,
        "Keys": ["contact", "lead"],
        "Values": [7, 0],
    }


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        pytest.param("EntityNames=['nothing']", 400, id="unknown table"),
        pytest.param("EntityNames=[]", 400, id="no table"),
        pytest.param("EntityNames=[contact]", 400, id="no quotes"),
        pytest.param("Names=['contact']", 400, id="other parameter"),
        pytest.param("", 400, id="nothing"),
        pytest.param("EntityNames=@p1", 501, id="alias"),
    ],
)
async def test_strange_counts_are_refused(stage: Stage, inside: str, status: int) -> None:
    """
    What cannot be counted is refused.
    """
    assert (await stage.get(f"RetrieveTotalRecordCount({inside})")).status == status


async def test_order_of_ids_is_paged(stage: Stage) -> None:
    """
    Rows ordered by their id come page by page, each once and in that order.
    """
    await stage.control("POST", "seed", {"count": 7})
    unordered = (await stage.get("contacts?$select=contactid")).json["value"]
    path: str | None = "contacts?$select=contactid&$orderby=contactid"
    rows: list[dict[str, str]] = []
    while path:
        page = (await stage.call("GET", path, headers={"Prefer": "odata.maxpagesize=3"})).json
        rows += page["value"]
        path = page.get("@odata.nextLink", "").partition("/api/data/v9.2/")[2]

    assert [row["contactid"] for row in rows] == [row["contactid"] for row in unordered]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param({"limit_requests": 2}, "0x80072322", id="requests"),
        pytest.param({"limit_seconds": 0.0000001}, "0x80072321", id="time"),
    ],
)
async def test_limits_answer_429(options: dict[str, float], code: str) -> None:
    """
    Over a limit the answer is 429 with its code and the seconds to wait.
    """
    async with staged(**options) as stage:
        answers = [await stage.get("WhoAmI") for _ in range(3)]

    last = answers[-1]
    assert (last.status, last.code) == (429, code)
    assert 1 <= int(last.headers["Retry-After"]) <= 300
    assert answers[0].status == 200
    assert "x-ms-ratelimit-burst-remaining-xrm-requests" in answers[0].headers


async def test_too_many_at_once_get_429() -> None:
    """
    Requests beside each other over the limit get the third code.
    """
    async with staged(limit_concurrent=2, seconds_per_request=0.2) as stage:
        answers = await asyncio.gather(*(stage.get("WhoAmI") for _ in range(4)))

    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == 2
    assert {answer.code for answer in refused} == {"0x80072326"}
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}


def test_wait_ends_when_enough_left() -> None:
    """
    Who used too much time waits until enough of it has left the window, and no longer.
    """
    now = 1000.0
    options = DataverseOptions(limit_seconds=10, limit_window=300)
    protection = ServiceProtection(options, clock=lambda: now)
    for seconds in (1, 2, 8):
        with protection.admit():
            now += seconds

    with pytest.raises(DataverseError) as refused, protection.admit():
        pass

    assert refused.value.headers == {"Retry-After": "290"}


def test_window_slides() -> None:
    """
    What was asked before the window counts no more.
    """
    now = 1000.0
    options = DataverseOptions(limit_requests=1, limit_window=300)
    protection = ServiceProtection(options, clock=lambda: now)
    with protection.admit():
        pass

    now += 200
    with pytest.raises(DataverseError) as refused, protection.admit():
        pass

    now += 101
    with protection.admit() as admission:
        assert admission.operations == 1

    assert refused.value.headers == {"Retry-After": "100"}


async def test_fault_is_shaped(stage: Stage) -> None:
    """
    A fault answers with the body and the header of the vendor.
    """
    stage.simulator.faults.set(Fault(status=429, times=1, retry_after=7))

    struck = await stage.get("contacts")
    after = await stage.get("contacts")

    assert (struck.status, struck.headers["Retry-After"]) == (429, "7")
    assert struck.code == "0x80072322"
    assert after.status == 200


@pytest.mark.parametrize(
    ("privilege", "method", "path", "body"),
    [
        pytest.param("prvReadContact", "GET", "contacts", None, id="read"),
        pytest.param("prvCreateContact", "POST", "contacts", {"lastname": "x"}, id="create"),
    ],
)
async def test_missing_privilege_is_403(
    privilege: str, method: str, path: str, body: dict[str, str] | None
) -> None:
    """
    A privilege that the application user lacks is named in the refusal.
    """
    async with staged(denied=frozenset({privilege})) as stage:
        answer = await stage.call(method, path, body)
        others = await stage.get("leads")

    assert (answer.status, answer.code) == (403, "0x80040220")
    assert privilege in answer.json["error"]["message"]
    assert others.status == 200


@pytest.mark.parametrize(
    "header",
    [
        {"MSCRMCallerID": "x"},
        {"MSCRM.BypassBusinessLogicExecution": "CustomAsync"},
        {"MSCRM.SuppressDuplicateDetection": "false"},
        {"Prefer": "odata.track-changes"},
    ],
)
async def test_unknown_header_is_501(stage: Stage, header: dict[str, str]) -> None:
    """
    A header that would change what the platform does is not passed over.
    """
    answer = await stage.call("GET", "contacts", headers=header)

    assert answer.status == 501


async def test_https_needs_our_authority() -> None:
    """
    With https only who trusts the authority of the ready line gets in.
    """
    simulator = DataverseSimulator(DataverseOptions(tls=True))
    facts = await simulator.start()
    trusted = ssl.create_default_context(cafile=str(facts["ca_file"]))
    try:
        async with aiohttp.ClientSession() as http:
            async with http.get(str(facts["view"]), ssl=trusted) as answer:
                assert answer.status == 200

            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await http.get(str(facts["view"]))
    finally:
        await simulator.stop()


async def test_command_line_runs() -> None:
    """
    The command prints one line when it is ready, serves, and ends cleanly when told to.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "devstack.dataverse", "--port", "0", "--no-sales", "--limit-requests", "1"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    facts = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as http, http.get(facts["view"]) as page:
        assert page.status == 200

    process.terminate()

    assert await process.wait() == 0
    assert facts["part"] == "dataverse"
