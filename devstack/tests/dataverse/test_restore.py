"""Deleted rows come back from the recycle bin."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged

SOMEBODY = "0ad63f65-990d-ef11-9f89-6045bdece8bb"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_contact_comes_back(stage: Stage) -> None:
    """
    A deleted contact comes back under its own id with all that it held, modified now.
    """
    contact = await stage.make("contacts", lastname="Vos", emailaddress1="vos@example.org")
    before = (await stage.get(f"contacts({contact})")).json
    await stage.call("DELETE", f"contacts({contact})")
    stage.ear.heard.clear()

    answer = await stage.control("POST", f"restore/contact/{contact}")
    after = (await stage.get(f"contacts({contact})")).json

    assert answer.json["id"] == contact
    changing = {"@odata.etag", "@odata.context", "versionnumber", "modifiedon"}
    changing |= {"_modifiedby_value"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert after["versionnumber"] > before["versionnumber"]
    [told] = stage.ear.heard
    assert (told.message, told.table, told.row_id) == ("Restore", "contact", contact)
    assert told.target == {"contactid": contact}


async def test_links_come_back(stage: Stage) -> None:
    """
    What a deletion emptied or took along comes back with the row.
    """
    contact = await stage.make("contacts", lastname="Vos")
    to_contact = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    lead = (await stage.call("POST", "leads", {"lastname": "Vos", **to_contact})).id
    marketing_list = await stage.make("lists", listname="Nieuws", createdfromcode=2)
    action = f"lists({marketing_list})/Microsoft.Dynamics.CRM.AddListMembersList"
    member = {"@odata.type": "Microsoft.Dynamics.CRM.contact", "contactid": contact}
    assert (await stage.call("POST", action, {"Members": [member]})).status == 204

    await stage.call("DELETE", f"contacts({contact})")
    emptied = (await stage.get(f"leads({lead})")).json["_parentcontactid_value"]
    members = (await stage.get("listmembers")).rows
    await stage.control("POST", f"restore/contact/{contact}")

    assert (emptied, members) == (None, [])
    assert (await stage.get(f"leads({lead})")).json["_parentcontactid_value"] == contact
    assert [one["entityid"] for one in (await stage.get("listmembers")).rows] == [contact]


async def test_link_must_be_there(stage: Stage) -> None:
    """
    A row does not come back before the rows that led to it, and then nothing has changed.
    """
    contact = await stage.make("contacts", lastname="Vos")
    to_contact = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    lead = (await stage.call("POST", "leads", {"lastname": "Vos", **to_contact})).id
    await stage.call("DELETE", f"contacts({contact})")
    await stage.call("DELETE", f"leads({lead})")

    early = await stage.control("POST", f"restore/contact/{contact}")
    missing = await stage.get(f"contacts({contact})")
    await stage.control("POST", f"restore/lead/{lead}")
    late = await stage.control("POST", f"restore/contact/{contact}")

    assert (early.status, early.code) == (400, "0x80049959")
    assert missing.status == 404
    assert late.status == 200


async def test_own_lookup_may_be_gone(stage: Stage) -> None:
    """
    A row comes back without a lookup whose row went in the meantime.
    """
    company = await stage.make("accounts", name="Bakkerij")
    bound = {"parentcustomerid_account@odata.bind": f"/accounts({company})"}
    contact = (await stage.call("POST", "contacts", {"lastname": "Vos", **bound})).id
    await stage.call("DELETE", f"contacts({contact})")
    await stage.call("DELETE", f"accounts({company})")

    await stage.control("POST", f"restore/contact/{contact}")

    assert (await stage.get(f"contacts({contact})")).json["_parentcustomerid_value"] is None


async def test_action_restores(stage: Stage) -> None:
    """
    The action of the Web API restores by address, or with values to replace.
    """
    contact = await stage.make("contacts", firstname="Eva", lastname="Vos")
    action = "Restore"
    for target in (
        {"@odata.id": f"{stage.facts['url']}/api/data/v9.2/contacts({contact})"},
        {
            "@odata.type": "Microsoft.Dynamics.CRM.contact",
            "contactid": contact,
            "lastname": "Bos",
        },
    ):
        await stage.call("DELETE", f"contacts({contact})")
        answer = await stage.call("POST", action, {"Target": target})
        assert (answer.status, answer.json["id"]) == (200, contact)

    row = (await stage.get(f"contacts({contact})")).json
    assert (row["lastname"], row["fullname"]) == ("Bos", "Eva Bos")


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        pytest.param({"@odata.id": f"contacts({SOMEBODY})"}, 404, "0x80040217", id="not-deleted"),
        pytest.param({"@odata.id": "spot_mailings(spot_externalid='1')"}, 404, None, id="key"),
        pytest.param({"contactid": SOMEBODY}, 400, "0x80048d19", id="no-type"),
        pytest.param({"@odata.type": "Microsoft.Dynamics.CRM.lead"}, 400, "0x80048d19", id="no-id"),
        pytest.param(None, 400, "0x80048d19", id="nothing"),
    ],
)
async def test_wrong_restore_is_refused(
    stage: Stage, target: object, status: int, code: str | None
) -> None:
    """
    What was not deleted, or is not named, cannot be restored.
    """
    answer = await stage.call("POST", "Restore", {"Target": target})

    assert answer.status == status
    assert code in {None, answer.code}


async def test_taken_id_is_refused(stage: Stage) -> None:
    """
    A row cannot come back when another has its id.
    """
    contact = await stage.make("contacts", lastname="Vos")
    await stage.call("DELETE", f"contacts({contact})")
    await stage.make("contacts", lastname="Bos", contactid=contact)

    answer = await stage.control("POST", f"restore/contact/{contact}")

    assert (answer.status, answer.code) == (400, "0x80044a02")


async def test_failed_batch_keeps_row(stage: Stage) -> None:
    """
    A deletion that is undone leaves nothing in the recycle bin.
    """
    contact = await stage.make("contacts", lastname="Vos")
    parts = "".join(
        f"--c\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n"
        f"DELETE contacts({row}) HTTP/1.1\r\n\r\n\r\n"
        for number, row in enumerate((contact, SOMEBODY), start=1)
    )
    body = f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{parts}--c--\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=b"}

    await stage.call("POST", "$batch", body.encode(), headers)

    assert (await stage.get(f"contacts({contact})")).status == 200
    assert stage.simulator.environment.bin.find("contact", contact) is None


async def test_restore_has_switches() -> None:
    """
    Whether a Create is raised, and whether the row counts as modified, are switches.
    """
    async with staged(restore_raises_create=True, restore_touches=False) as stage:
        contact = await stage.make("contacts", lastname="Vos")
        before = (await stage.get(f"contacts({contact})")).json
        stage.simulator.store.clock = lambda: 2_000_000_000.0
        await stage.call("DELETE", f"contacts({contact})")
        stage.ear.heard.clear()

        await stage.control("POST", f"restore/contact/{contact}")
        after = (await stage.get(f"contacts({contact})")).json

        assert [message for message, _, _ in stage.ear.take()] == ["Restore", "Create"]
        assert after["modifiedon"] == before["modifiedon"]


async def test_bin_can_be_off() -> None:
    """
    Without a recycle bin nothing comes back.
    """
    async with staged(recycle_bin=False) as stage:
        contact = await stage.make("contacts", lastname="Vos")
        await stage.call("DELETE", f"contacts({contact})")

        assert (await stage.control("POST", f"restore/contact/{contact}")).status == 404
        assert (await stage.control("POST", f"restore/nonsense/{contact}")).status == 404


async def test_reset_empties_bin(stage: Stage) -> None:
    """
    After a reset there is nothing to restore.
    """
    contact = await stage.make("contacts", lastname="Vos")
    await stage.call("DELETE", f"contacts({contact})")
    await stage.control("POST", "reset")

    assert (await stage.control("POST", f"restore/contact/{contact}")).status == 404
