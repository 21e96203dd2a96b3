"""What rows may hold: owners, states, secrets, and tables that are missing."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_owner_may_be_team(stage: Stage) -> None:
    """
    An owner is bound to a user or a team, and the owning columns follow.
    """
    team = (await stage.get("teams")).rows[0]["teamid"]
    row_id = await stage.make(
        "contacts", lastname="Vos", **{"ownerid@odata.bind": f"/teams({team})"}
    )

    row = (await stage.get(f"contacts({row_id})")).json

    assert row["_ownerid_value"] == row["_owningteam_value"] == team
    assert row["_owninguser_value"] is None


async def test_deactivating_settles_status(stage: Stage) -> None:
    """
    A state without a status reason gets the default reason of that state.
    """
    row_id = await stage.make("contacts", lastname="Vos")

    await stage.call("PATCH", f"contacts({row_id})", {"statecode": 1})

    row = (await stage.get(f"contacts({row_id})")).json
    assert (row["statecode"], row["statuscode"]) == (1, 2)


async def test_closed_lead_is_read_only(stage: Stage) -> None:
    """
    A disqualified lead refuses changes until it is opened again.
    """
    row_id = await stage.make("leads", lastname="Vos")
    path = f"leads({row_id})"
    await stage.call("PATCH", path, {"statecode": 2})

    refused = await stage.call("PATCH", path, {"lastname": "Bos"})
    opened = await stage.call("PATCH", path, {"statecode": 0, "lastname": "Bos"})

    assert refused.status == 400
    assert opened.status == 204


async def test_secret_is_write_only(stage: Stage) -> None:
    """
    The authvalue of an endpoint can be written and never read back.
    """
    row_id = await stage.make(
        "serviceendpoints", name="x", url="https://x.example", contract=8, authtype=4, authvalue="s"
    )

    row = (await stage.get(f"serviceendpoints({row_id})")).json
    selected = await stage.get(f"serviceendpoints({row_id})", select="authvalue")

    assert row["isauthvalueset"] is True
    assert "authvalue" not in row
    assert selected.status == 400


async def test_sales_may_be_missing() -> None:
    """
    Without Sales there are no leads, no lists and no originating lead.
    """
    async with staged(sales=False) as stage:
        leads = await stage.get("leads")
        selected = await stage.get("contacts", select="_originatingleadid_value")
        contact = await stage.make("contacts", lastname="Bakker")
        deleted = await stage.call("DELETE", f"contacts({contact})")

    assert deleted.status == 204
    assert leads.status == 404
    assert selected.status == 400


@pytest.mark.parametrize("locked", [True, False])
async def test_lead_can_be_reopened(locked: bool) -> None:
    """
    A qualified lead is open again when its state says so, lock or no lock.
    """
    async with staged(lock_closed_leads=locked) as stage:
        lead = await stage.make("leads", lastname="Vos")
        await stage.call("PATCH", f"leads({lead})", {"statecode": 1, "statuscode": 3})

        answer = await stage.call("PATCH", f"leads({lead})", {"statecode": 0, "statuscode": 1})

        row = (await stage.get(f"leads({lead})")).json
        assert answer.status == 204
        assert (row["statecode"], row["statuscode"]) == (0, 1)


async def test_open_lock_lets_change() -> None:
    """
    Without the lock a closed lead takes changes of any column.
    """
    async with staged(lock_closed_leads=False) as stage:
        lead = await stage.make("leads", lastname="Vos")
        await stage.call("PATCH", f"leads({lead})", {"statecode": 1, "statuscode": 3})

        assert (await stage.call("PATCH", f"leads({lead})", {"jobtitle": "Kok"})).status == 204


async def test_deleted_contact_frees_lead() -> None:
    """
    A lead, even a closed one, loses the contact that it led to when that is deleted.
    """
    async with staged() as stage:
        contact = await stage.make("contacts", lastname="Vos")
        bound = {"parentcontactid@odata.bind": f"/contacts({contact})"}
        lead = (await stage.call("POST", "leads", {"lastname": "Vos", **bound})).id
        await stage.call("PATCH", f"leads({lead})", {"statecode": 1, "statuscode": 3})

        await stage.call("DELETE", f"contacts({contact})")

        assert (await stage.get(f"leads({lead})")).json["_parentcontactid_value"] is None
