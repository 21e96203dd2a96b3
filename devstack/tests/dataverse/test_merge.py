"""Two rows are merged into one."""

from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.values import Lookup
from devstack.tests.dataverse.api_stage import Answer, Json, Stage, staged

SOMEBODY = "0ad63f65-990d-ef11-9f89-6045bdece8bb"
KIND = "Microsoft.Dynamics.CRM"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def row_of(table: str, row_id: str) -> Json:
    """Name a row the way an action does."""
    return {"@odata.type": f"{KIND}.{table}", f"{table}id": row_id}


async def merge(stage: Stage, table: str, target: str, subordinate: str, **more: object) -> Answer:
    """Call the action."""
    body = {
        "Target": row_of(table, target),
        "Subordinate": row_of(table, subordinate),
        "PerformParentingChecks": False,
        **more,
    }

    return await stage.call("POST", "Merge", body)


async def two(stage: Stage, set_name: str = "contacts", **columns: object) -> tuple[str, str]:
    """Create two rows, and forget what was told of them."""
    name = "name" if set_name == "accounts" else "lastname"
    ids = [await stage.make(set_name, **{name: text}, **columns) for text in ("Vos", "Bos")]
    stage.ear.heard.clear()

    return ids[0], ids[1]


@pytest.mark.parametrize(
    ("table", "set_name", "state"),
    [
        pytest.param("contact", "contacts", (1, 2), id="contact"),
        pytest.param("lead", "leads", (2, 7), id="lead"),
        pytest.param("account", "accounts", (1, 2), id="account"),
    ],
)
async def test_subordinate_goes_to_rest(
    stage: Stage, table: str, set_name: str, state: tuple[int, int]
) -> None:
    """
    The subordinate is inactive, names its master and keeps its data.
    """
    target, subordinate = await two(stage, set_name, emailaddress1="vos@example.org")

    answer = await merge(stage, table, target, subordinate)
    row = (await stage.get(f"{set_name}({subordinate})")).json
    master = (await stage.get(f"{set_name}({target})")).json

    assert answer.status == 204
    assert (row["statecode"], row["statuscode"]) == state
    assert (row["merged"], row["_masterid_value"]) == (True, target)
    assert row["emailaddress1"] == "vos@example.org"
    assert (master["statecode"], master["merged"], master["_masterid_value"]) == (0, False, None)


async def test_target_takes_content(stage: Stage) -> None:
    """
    What the merge brings is written to the target, and each change is told of.
    """
    target, subordinate = await two(stage)
    content = {"@odata.type": f"{KIND}.contact", "jobtitle": "Bakker"}

    await merge(stage, "contact", target, subordinate, UpdateContent=content)

    assert (await stage.get(f"contacts({target})")).json["jobtitle"] == "Bakker"
    first, second, whole = stage.ear.heard
    assert (first.message, first.row_id, first.parent) == ("Update", target, whole)
    assert first.requested == frozenset({"jobtitle", "contactid"})
    assert (second.message, second.row_id, second.parent) == ("Update", subordinate, whole)
    assert {"merged", "masterid", "statecode", "statuscode"} <= second.target.keys()
    assert (whole.message, whole.table, whole.row_id) == ("Merge", "contact", target)
    assert whole.parameters == {
        "Target": Lookup("contact", target),
        "SubordinateId": subordinate,
        "PerformParentingChecks": False,
    }
    assert whole.content == {"jobtitle": "Bakker"}


async def test_related_rows_move(stage: Stage) -> None:
    """
    Every lookup to the subordinate leads to the target afterwards, of closed rows too.
    """
    target, subordinate = await two(stage)
    bound = {"parentcontactid@odata.bind": f"/contacts({subordinate})"}
    lead = (await stage.call("POST", "leads", {"lastname": "Bos", **bound})).id
    await stage.call("PATCH", f"leads({lead})", {"statecode": 1, "statuscode": 3})
    primary = {"primarycontactid@odata.bind": f"/contacts({subordinate})"}
    company = (await stage.call("POST", "accounts", {"name": "Bakkerij", **primary})).id
    stage.ear.heard.clear()

    await merge(stage, "contact", target, subordinate)

    assert (await stage.get(f"leads({lead})")).json["_parentcontactid_value"] == target
    assert (await stage.get(f"accounts({company})")).json["_primarycontactid_value"] == target
    told = {(message, table) for message, table, _ in stage.ear.take()}
    assert {("Update", "lead"), ("Update", "account"), ("Merge", "contact")} <= told


async def test_updates_can_stay_untold() -> None:
    """
    With the switch a merge is told of by Merge alone.
    """
    async with staged(merge_raises_updates=False) as stage:
        target, subordinate = await two(stage)
        content = {"@odata.type": f"{KIND}.contact", "jobtitle": "Bakker"}

        await merge(stage, "contact", target, subordinate, UpdateContent=content)

        assert stage.ear.take() == [("Merge", "contact", target)]
        assert (await stage.get(f"contacts({subordinate})")).json["merged"] is True


async def test_parents_are_checked(stage: Stage) -> None:
    """
    Rows of different parents are not merged when that is to be checked.
    """
    company = await stage.make("accounts", name="Bakkerij")
    target, subordinate = await two(stage)
    bound = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    await stage.call("PATCH", f"contacts({subordinate})", bound)

    answer = await merge(stage, "contact", target, subordinate, PerformParentingChecks=True)

    assert (answer.status, answer.code) == (400, "0x80045316")
    assert (await stage.get(f"contacts({subordinate})")).json["statecode"] == 0


async def test_inactive_is_not_merged(stage: Stage) -> None:
    """
    Both rows must be active, and no row is merged with itself.
    """
    target, subordinate = await two(stage)
    await merge(stage, "contact", target, subordinate)

    again = await merge(stage, "contact", target, subordinate)
    back = await merge(stage, "contact", subordinate, target)
    same = await merge(stage, "contact", target, target)

    assert (again.status, again.code) == (back.status, back.code) == (400, "0x80045304")
    assert (same.status, same.code) == (400, "0x80045305")


async def test_merge_needs_a_privilege() -> None:
    """
    Who may not write the rows may not merge them.
    """
    async with staged(denied=frozenset({"prvWriteContact"})) as stage:
        target, subordinate = await two(stage)

        assert (await merge(stage, "contact", target, subordinate)).status == 403


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"Target": None}, id="no-target"),
        pytest.param({"PerformParentingChecks": None}, id="no-checks"),
        pytest.param({"UpdateContent": "x"}, id="content-no-object"),
        pytest.param({"UpdateContent": {"jobtitle": "Bakker"}}, id="content-no-type"),
        pytest.param(
            {"UpdateContent": {"@odata.type": f"{KIND}.contact", "colour": 1}}, id="content-column"
        ),
        pytest.param({"Colour": 1}, id="unknown"),
    ],
)
async def test_wrong_merge_is_refused(stage: Stage, wrong: Json) -> None:
    """
    A merge whose parameters are not those of the action is refused.
    """
    target, subordinate = await two(stage)

    answer = await merge(stage, "contact", target, subordinate, **wrong)

    assert (answer.status, answer.code) == (400, "0x80048d19")


async def test_other_tables_are_not_merged(stage: Stage) -> None:
    """
    Only accounts, contacts and leads are merged, each with its like.
    """
    users = [one["systemuserid"] for one in (await stage.get("systemusers")).rows]
    target, _ = await two(stage)
    lead = await stage.make("leads", lastname="Vos")

    table = await merge(stage, "systemuser", users[0], users[1])
    mixed = await merge(stage, "contact", target, target, Subordinate=row_of("lead", lead))
    missing = await merge(stage, "contact", target, SOMEBODY)

    assert (table.status, mixed.status, missing.status) == (400, 400, 404)
