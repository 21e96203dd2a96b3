"""Many writes at once: batches, change sets and the bulk actions."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devstack.tests.dataverse.api_stage import Answer, Stage, staged

MULTIPLE = "contacts/Microsoft.Dynamics.CRM.{}"
CONTACT = {"@odata.type": "Microsoft.Dynamics.CRM.contact"}
PERMISSION = {"@odata.type": "Microsoft.Dynamics.CRM.spot_permission"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def single(method: str, path: str, body: object = None, content_id: str | None = None) -> str:
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        head.append(f"Content-ID: {content_id}")

    request = [f"{method} {path} HTTP/1.1", "Content-Type: application/json", ""]
    return "\r\n".join([*head, "", *request, json.dumps(body) if body is not None else ""])


def change_set(*parts: str) -> str:
    inner = "".join(f"--changes\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/mixed; boundary=changes\r\n\r\n{inner}--changes--"


async def batch(stage: Stage, *parts: str, go_on: bool = False) -> Answer:
    body = "".join(f"--batch\r\n{part}\r\n" for part in parts) + "--batch--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=batch"}
    if go_on:
        headers["Prefer"] = "odata.continue-on-error"

    return await stage.call("POST", "$batch", body.encode(), headers)


def statuses(answer: Answer) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+)", answer.body)]


async def test_batch_answers_in_turn(stage: Stage) -> None:
    """
    Each operation of a batch has its own answer, in the order of the operations.
    """
    answer = await batch(
        stage,
        single("POST", "/api/data/v9.2/contacts", {"lastname": "Vos"}),
        single("GET", f"{stage.facts['url']}/api/data/v9.2/contacts?$select=lastname"),
        single("GET", "contacts?$filter=lastname%20eq%20'Bos'"),
    )

    assert answer.status == 200
    assert statuses(answer) == [204, 200, 200]
    assert answer.body.count(b'"lastname":"Vos"') == 1


async def test_failure_ends_batch(stage: Stage) -> None:
    """
    Without continue-on-error the first failure ends the batch and gives it its status.
    """
    parts = (
        single("POST", "contacts", {"lastname": "Vos"}),
        single("POST", "contacts", {"nonsense": 1}),
        single("POST", "contacts", {"lastname": "Bos"}),
    )

    ended = await batch(stage, *parts)
    gone_on = await batch(stage, *parts, go_on=True)

    assert (ended.status, statuses(ended)) == (400, [204, 400])
    assert (gone_on.status, statuses(gone_on)) == (200, [204, 400, 204])


async def test_change_set_is_atomic(stage: Stage) -> None:
    """
    A change set happens as a whole or not at all, and tells nothing when it does not.
    """
    answer = await batch(
        stage,
        change_set(
            single("POST", "contacts", {"lastname": "Vos"}, "1"),
            single("POST", "contacts", {"nonsense": 1}, "2"),
        ),
        single("GET", "contacts/$count"),
        go_on=True,
    )

    assert statuses(answer) == [400, 200]
    assert stage.simulator.store.count("contact") == 0
    assert stage.ear.heard == []


async def test_change_set_refers_back(stage: Stage) -> None:
    """
    An operation may name the result of an earlier one, in its body and in its address.
    """
    answer = await batch(
        stage,
        change_set(
            single("POST", "accounts", {"name": "Bakkerij"}, "1"),
            single(
                "POST",
                "contacts",
                {"lastname": "a", "parentcustomerid_account@odata.bind": "$1"},
                "2",
            ),
            single("PATCH", "$2", {"jobtitle": "Bakker"}, "3"),
        ),
    )

    [row] = (await stage.get("contacts")).rows
    assert (answer.status, statuses(answer)) == (200, [204, 204, 204])
    assert row["_parentcustomerid_value"] is not None
    assert row["jobtitle"] == "Bakker"


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(change_set(single("GET", "contacts", None, "1")), id="get-in-change-set"),
        pytest.param(change_set(single("POST", "contacts", {})), id="no-content-id"),
        pytest.param(change_set(single("PATCH", "$9", {}, "1")), id="unknown-reference"),
        pytest.param(single("POST", "$batch", {}), id="batch-in-batch"),
    ],
)
async def test_bad_batch_is_refused(stage: Stage, part: str) -> None:
    """
    What a batch cannot hold is refused.
    """
    answer = await batch(stage, part)

    assert answer.status == 400


async def test_batch_has_a_cap() -> None:
    """
    More operations than the cap are refused, those of change sets counted too.
    """
    async with staged(batch_cap=3) as stage:
        two = change_set(single("POST", "contacts", {}, "1"), single("POST", "contacts", {}, "2"))
        answer = await batch(stage, two, two)

    assert answer.status == 400
    assert stage.ear.heard == []


async def test_batch_counts_each_operation() -> None:
    """
    Every operation of a batch counts for the limits.
    """
    async with staged(limit_requests=3) as stage:
        first = await batch(stage, *(single("GET", "contacts") for _ in range(3)))
        second = await stage.get("contacts")

    assert first.status == 200
    assert (second.status, second.code) == (429, "0x80072322")


async def test_long_query_fits_in_batch(stage: Stage) -> None:
    """
    An address that is too long by itself may stand in a batch.
    """
    filler = " or ".join(f"lastname eq '{number:060}'" for number in range(500))
    path = f"contacts?$filter={filler.replace(' ', '%20')}"

    alone = await stage.call("GET", path)
    within = await batch(stage, single("GET", path))

    assert len(path) > 32_768
    assert alone.status == 414
    assert statuses(within) == [200]


async def test_create_multiple_answers_ids(stage: Stage) -> None:
    """
    CreateMultiple answers the ids in order and tells one create per row.
    """
    targets = [{**CONTACT, "lastname": name} for name in ("Vos", "Bos")]

    answer = await stage.call("POST", MULTIPLE.format("CreateMultiple"), {"Targets": targets})

    assert answer.status == 200
    assert stage.ear.take() == [("Create", "contact", row_id) for row_id in answer.json["Ids"]]


async def test_update_multiple_changes_all(stage: Stage) -> None:
    """
    UpdateMultiple needs the key in each row and answers nothing.
    """
    ids = [await stage.make("contacts", lastname="Vos") for _ in range(2)]
    targets = [{**CONTACT, "contactid": row_id, "lastname": "Bos"} for row_id in ids]

    answer = await stage.call("POST", MULTIPLE.format("UpdateMultiple"), {"Targets": targets})

    rows = (await stage.get("contacts")).rows
    assert (answer.status, answer.body) == (204, b"")
    assert [row["lastname"] for row in rows] == ["Bos", "Bos"]


async def test_upsert_multiple_by_key(stage: Stage) -> None:
    """
    UpsertMultiple creates or updates by the columns of a key, or by an address.
    """
    await stage.make("spot_permissions", spot_externalid="1", spot_bit=1)
    targets = [
        {**PERMISSION, "spot_externalid": "1", "spot_bit": 2},
        {**PERMISSION, "@odata.id": "spot_permissions(spot_externalid='2')", "spot_bit": 4},
    ]

    answer = await stage.call(
        "POST", "spot_permissions/Microsoft.Dynamics.CRM.UpsertMultiple", {"Targets": targets}
    )

    rows = (await stage.get("spot_permissions")).rows
    assert answer.status == 204
    assert [(row["spot_externalid"], row["spot_bit"]) for row in rows] == [("1", 2), ("2", 4)]


@pytest.mark.parametrize(
    ("action", "targets", "status"),
    [
        pytest.param("CreateMultiple", [{"lastname": "Vos"}], 400, id="no-type"),
        pytest.param("CreateMultiple", [{**PERMISSION, "lastname": "Vos"}], 400, id="other-type"),
        pytest.param("CreateMultiple", [], 400, id="nothing"),
        pytest.param("UpdateMultiple", [{**CONTACT, "lastname": "Vos"}], 400, id="no-key"),
        pytest.param(
            "CreateMultiple",
            [{**CONTACT, "lastname": "Vos"}, {**CONTACT, "nonsense": 1}],
            400,
            id="one-bad-row",
        ),
        pytest.param("DeleteMultiple", [CONTACT], 501, id="not-on-standard-tables"),
    ],
)
async def test_bad_bulk_is_refused(
    stage: Stage, action: str, targets: list[Any], status: int
) -> None:
    """
    One bad row rolls back the whole set.
    """
    answer = await stage.call("POST", MULTIPLE.format(action), {"Targets": targets})

    assert answer.status == status
    assert stage.simulator.store.count("contact") == 0
    assert stage.ear.heard == []


@pytest.mark.parametrize(("switch", "status"), [(True, 400), (False, 204)])
async def test_repeated_key_is_a_switch(switch: bool, status: int) -> None:
    """
    Whether a create may repeat the key of its address in the body can be switched.
    """
    target = {
        **PERMISSION,
        "@odata.id": "spot_permissions(spot_externalid='2')",
        "spot_externalid": "2",
    }
    async with staged(upsert_refuses_repeated_keys=switch) as stage:
        answer = await stage.call(
            "POST", "spot_permissions/Microsoft.Dynamics.CRM.UpsertMultiple", {"Targets": [target]}
        )

    assert answer.status == status
