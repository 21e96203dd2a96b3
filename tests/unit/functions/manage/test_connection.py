import json
import logging
from typing import Any

import azure.functions as func
import pytest

from connector.domain.activity import Activity
from connector.domain.connection import CredentialsRefusedError
from connector.domain.contact import Account
from connector.domain.errors import TransientError
from connector.domain.job import JobState, StopReason
from connector.domain.licence import Edition
from connector.domain.parking import LICENCE, park_event
from connector.functions.manage import connection
from tests.builders import NOW, a_change
from tests.connections import ADMIN, KEY, SECRET
from tests.jobs import a_job
from tests.licences import DAY, a_licence
from tests.troubles import Trouble
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

EVERYTHING = {"key": f" {KEY}\n", "secret": SECRET.text, "licence": "code"}


def content(answer: func.HttpResponse) -> Any:  # noqa: ANN401 - whatever JSON is answered
    return json.loads(answer.get_body())


def codes(view: dict[str, Any]) -> dict[str, str]:
    """Return why checks failed, by their names."""
    return {one["name"]: one["code"] for one in view["checks"] if one["code"]}


async def test_first_run_is_shown(world: World) -> None:
    """
    Before anybody connected the page sees that, the organisation, and what the licence allows.
    """
    world.licensing.put(None)

    view = content(await connection.show(a_call(token="reader")))

    assert view["status"] == "not_connected"
    assert view["organisation"]["url"] == "https://contoso.crm4.dynamics.com"
    assert view["spotler"]["secret_saved"] is False
    assert (view["licence"]["state"], view["licence"]["valid_until"]) == ("none", None)
    assert codes(view) == {"spotler": "not_connected", "licence": "licence_missing"}
    assert view["activity"] == {"received_at": None, "sent_at": None}


@pytest.mark.parametrize("token", ["admin", "reader"])
async def test_checks_are_looked_at_now(world: World, token: str) -> None:
    """
    Administrators and readers see what works now, since when, and when changes came and went.
    """
    world.office.connect()
    world.office.webhooks.change("Create", "lead", is_enabled=False)
    world.office.status.put_activity(Activity(NOW, NOW))

    view = content(await connection.show(a_call(token=token)))

    assert codes(view) == {"steps": "step_disabled"}
    [steps] = [one for one in view["checks"] if one["name"] == "steps"]
    assert "lead Create" in steps["detail"]
    assert steps["since"] == view["checked_at"] == view["activity"]["sent_at"]


async def test_unchanged_is_told_once(world: World) -> None:
    """
    Who has seen the connection is told only that nothing changed.
    """
    first = await connection.show(a_call())

    again = await connection.show(a_call(headers={"If-None-Match": first.headers["ETag"]}))

    assert again.status_code == 304


async def test_save_connects(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """
    A save answers what is there now; neither answer nor log holds the secret.
    """
    caplog.set_level(logging.DEBUG)
    world.licensing.offer("code", a_licence())

    answer = await connection.save(a_call("PUT", body=EVERYTHING))

    view = content(answer)
    assert (answer.status_code, view["status"]) == (200, "connected")
    assert view["spotler"]["key_ends"] == KEY[-4:]
    assert view["spotler"]["saved_by"] == "object-id-of-admin"
    assert [one["outcome"] for one in view["checks"]] == ["ok"] * 9
    assert SECRET.text not in answer.get_body().decode() + caplog.text
    assert [one.getMessage() for one in caplog.records if "asked for" in one.getMessage()] == [
        "connection.save asked for, answered 200"
    ]


async def test_jobs_of_another_account_end(world: World) -> None:
    """
    Once another account is saved no job goes on that was begun for the one before.
    """
    world.office.connect()
    await world.jobs.store.save(a_job(account=Account("account-0")))

    answer = await connection.save(a_call("PUT", body=EVERYTHING | {"licence": None}))

    [job] = world.jobs.store.rows.values()
    assert answer.status_code == 200
    assert (job.state, job.reason) == (JobState.CANCELLED, StopReason.ACCOUNT_CHANGED)


async def test_failed_checks_are_told(world: World) -> None:
    """
    A save that would not work is refused with every check.
    """
    world.office.probe.error = CredentialsRefusedError("401")
    world.licensing.offer("code", a_licence())

    answer = await connection.save(a_call("PUT", body=EVERYTHING))

    assert told(answer) == (422, "checks_failed")
    checks = content(answer)["checks"]
    assert [one["outcome"] for one in checks] == ["failed", "skipped", "skipped", *["ok"] * 6]
    assert (checks[0]["field"], checks[0]["code"]) == ("secret", "credentials_refused")
    assert content(answer)["correlation_id"]


async def test_worse_licence_is_a_question(world: World) -> None:
    """
    A worse licence is refused with both ends for programs and for people, until the caller insists.
    """
    world.office.connect()
    world.licensing.offer("trial", a_licence(edition=Edition.TRIAL, left=50 * DAY))

    answer = await connection.save(a_call("PUT", body={"licence": "trial"}))
    kept = content(await connection.show(a_call()))["licence"]
    insisted = await connection.save(
        a_call("PUT", body={"licence": "trial", "replace_licence": True})
    )

    assert told(answer) == (409, "licence_worse")
    problem = content(answer)
    assert problem["stored"] == {"edition": "full", "valid_until": "2027-03-03", "state": "active"}
    assert problem["offered"] == {"edition": "trial", "valid_until": "2027-01-12", "state": "trial"}
    assert "full licence until 3 March 2027" in problem["detail"]
    assert "trial licence until 12 January 2027" in problem["detail"]
    assert kept["state"] == "active"
    assert (insisted.status_code, content(insisted)["licence"]["state"]) == (200, "trial")


async def test_slower_administrator_is_told(world: World) -> None:
    """
    Who was overtaken is told so.
    """
    world.office.store.rivals.append(world.office.connect())

    answer = await connection.save(a_call("PUT", body={"key": KEY}))

    assert told(answer) == (409, "connection_changed")


async def test_half_a_save_is_told(world: World) -> None:
    """
    When the key cannot be written, nor the licence taken back, the answer says what is saved.
    """
    world.office.connect()
    world.licensing.offer("new", a_licence())
    world.office.store.troubles.ahead = [Trouble.REFUSED]
    world.licensing.licences.troubles.ahead = [Trouble.NONE, Trouble.REFUSED]

    answer = await connection.save(a_call("PUT", body={"key": KEY, "licence": "new"}))

    assert told(answer) == (503, "partly_saved")
    assert (content(answer)["saved"], content(answer)["unsure"]) == (["licence"], [])


async def test_licence_is_shown_as_it_is(world: World) -> None:
    """
    A licence that another host was given is shown at once, whatever was read a moment ago.
    """
    world.licensing.put(a_licence())
    before = content(await connection.show(a_call()))["licence"]
    world.licensing.put(a_licence(edition=Edition.TRIAL))

    after = content(await connection.show(a_call()))["licence"]

    assert (before["edition"], after["edition"]) == ("full", "trial")


async def test_test_changes_nothing(world: World) -> None:
    """
    A test answers the checks, and nothing is saved.
    """
    answer = await connection.test(a_call("POST", body=EVERYTHING | {"licence": "forged"}))

    assert answer.status_code == 200
    assert codes(content(answer)) == {"licence": "forged"}
    assert world.office.store.row is None
    assert codes(content(await connection.show(a_call()))) == {"spotler": "not_connected"}


@pytest.mark.parametrize(
    "body",
    [
        {"key": "with space"},
        {"secret": "sécret-canary"},
        {"secret": "canary" * 100},
        {"licence": "canary" * 10_000},
        {"canary": "unknown"},
        {"key": 7},
        [],
    ],
    ids=["space", "letter", "long", "long licence", "unknown", "number", "list"],
)
async def test_strange_values_are_refused(world: World, body: object) -> None:
    """
    What cannot be a key, a secret or a licence is refused, and not repeated.
    """
    answer = await connection.save(a_call("PUT", body=body))

    assert told(answer) == (400, "invalid_body")
    assert "canary" not in answer.get_body().decode()


@pytest.mark.parametrize("broken", [False, True])
async def test_saved_licence_lets_go(world: World, broken: bool) -> None:
    """
    What waited for a licence goes on at once; when the queue is away the save stands all the same.
    """
    world.office.connect()
    await world.parking.park(park_event(a_change(), LICENCE, NOW))
    if broken:
        world.queue.errors.append(TransientError("service bus must take the event"))

    answer = await connection.save(a_call("PUT", body={}))

    assert answer.status_code == 200
    assert (len(world.queue.events), len(world.parking.parked)) == ((0, 1) if broken else (1, 0))
    assert world.office.store.row is not None
    assert world.office.store.row.saved_by == ADMIN
