"""What a write tells its listeners: one operation per execution, after the commit."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.events.operation import Operation
from devstack.dataverse.values import Choice, Lookup
from devstack.tests.dataverse.api_stage import Stage, staged

QUALIFY = "Microsoft.Dynamics.CRM.QualifyLead"


WISH = {"CreateAccount": False, "CreateContact": True, "CreateOpportunity": False, "Status": 3}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def only(stage: Stage) -> Operation:
    [operation] = stage.ear.heard
    return operation


async def test_create_tells_all_columns(stage: Stage) -> None:
    """
    The target of a create holds what was sent, the defaults and the derived columns.
    """
    row_id = await stage.make("contacts", firstname="Sanne", birthdate="1979-05-23")

    heard = only(stage)
    assert (heard.message, heard.table, heard.row_id) == ("Create", "contact", row_id)
    assert heard.target["fullname"] == "Sanne"
    assert heard.target["birthdate"] == dt.date(1979, 5, 23)
    assert heard.target["statecode"] == Choice(0)
    assert heard.target["modifiedonbehalfby"] is None
    assert "versionnumber" not in heard.target
    assert heard.requested == frozenset({"firstname", "birthdate", "contactid"})
    assert heard.before is None
    assert heard.after is not None
    assert heard.user_id == stage.facts["application_user_id"]


async def test_update_tells_only_changes(stage: Stage) -> None:
    """
    The target of an update holds what was sent, even if equal, and what the platform adds.
    """
    row_id = await stage.make("contacts", lastname="Vos", emailaddress1="a@example.nl")
    stage.ear.heard.clear()

    await stage.call(
        "PATCH", f"contacts({row_id})", {"emailaddress1": "a@example.nl", "jobtitle": None}
    )

    heard = only(stage)
    assert set(heard.target) == {
        "contactid",
        "emailaddress1",
        "jobtitle",
        "modifiedon",
        "modifiedby",
        "modifiedonbehalfby",
    }
    assert heard.target["jobtitle"] is None
    assert heard.before is not None
    assert heard.after is not None
    assert heard.before["versionnumber"] != heard.after["versionnumber"]


async def test_name_change_tells_derived(stage: Stage) -> None:
    """
    A change of a part of the name carries the whole name along.
    """
    row_id = await stage.make("contacts", firstname="Sanne", lastname="Vos")
    stage.ear.heard.clear()

    await stage.call("PATCH", f"contacts({row_id})", {"lastname": "Bos"})

    heard = only(stage)
    assert heard.target["fullname"] == "Sanne Bos"
    assert heard.requested == frozenset({"lastname", "contactid"})


async def test_mixed_patch_is_split(stage: Stage) -> None:
    """
    State and owner beside other columns are executed as updates of their own.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    team = (await stage.get("teams")).rows[0]["teamid"]
    stage.ear.heard.clear()

    await stage.call(
        "PATCH",
        f"contacts({row_id})",
        {"lastname": "Bos", "statecode": 1, "ownerid@odata.bind": f"/teams({team})"},
    )

    first, second, third = stage.ear.heard
    assert "lastname" in first.target
    assert second.target["ownerid"] == Lookup("team", team)
    assert (third.target["statecode"], third.target["statuscode"]) == (Choice(1), Choice(2))
    assert not {"statecode", "ownerid"} & first.target.keys()
    assert {one.message for one in (first, second, third)} == {"Update"}


async def test_split_can_be_off() -> None:
    """
    With the switch off a PATCH is one update.
    """
    async with staged(split_updates=False) as stage:
        row_id = await stage.make("contacts", lastname="Vos")
        stage.ear.heard.clear()
        await stage.call("PATCH", f"contacts({row_id})", {"lastname": "Bos", "statecode": 1})

        assert {"lastname", "statecode"} <= only(stage).target.keys()


async def test_delete_tells_what_was(stage: Stage) -> None:
    """
    A delete tells the row as it was.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    stage.ear.heard.clear()

    await stage.call("DELETE", f"contacts({row_id})")

    heard = only(stage)
    assert (heard.message, heard.row_id, heard.after) == ("Delete", row_id, None)
    assert heard.before is not None
    assert heard.before["lastname"] == "Vos"


async def test_refused_write_tells_nothing(stage: Stage) -> None:
    """
    What was rolled back was never told.
    """
    await stage.make("spot_permissions", spot_externalid="1")
    stage.ear.heard.clear()

    await stage.call("POST", "spot_permissions", {"spot_externalid": "1"})

    assert stage.ear.heard == []


async def test_tag_is_shared(stage: Stage) -> None:
    """
    The tag of a request stands in the shared variables of its operations.
    """
    await stage.call("POST", "contacts?tag=spotler", {"lastname": "Vos"})

    assert only(stage).shared_variables["tag"] == "spotler"


async def test_person_is_not_us(stage: Stage) -> None:
    """
    A write by way of the user's door is not ours.
    """
    await stage.control("POST", "user/contacts", {"lastname": "Vos"})

    assert only(stage).user_id != stage.facts["application_user_id"]


async def test_qualified_lead_makes_contact(stage: Stage) -> None:
    """
    Case a: a new contact with the originating lead, then the lead's parent, then its state.
    """
    lead = await stage.make("leads", firstname="Piet", lastname="Vos", emailaddress1="p@example.nl")
    stage.ear.heard.clear()

    answer = await stage.call("POST", f"leads({lead})/{QUALIFY}", WISH)

    [created] = answer.rows
    contact = created["contactid"]
    assert created["@odata.type"] == "#Microsoft.Dynamics.CRM.contact"
    assert [(one.message, one.row_id) for one in stage.ear.heard] == [
        ("Create", contact),
        ("Update", lead),
        ("Update", lead),
        ("QualifyLead", lead),
    ]
    *children, parent = stage.ear.heard
    assert all(child.parent is parent for child in children)
    assert len({one.correlation_id for one in stage.ear.heard}) == 1
    assert parent.outputs == {"CreatedEntities": (Lookup("contact", contact),)}

    row = (await stage.get(f"contacts({contact})")).json
    assert row["_originatingleadid_value"] == lead
    assert (row["fullname"], row["emailaddress1"]) == ("Piet Vos", "p@example.nl")
    after = (await stage.get(f"leads({lead})")).json
    assert after["_parentcontactid_value"] == contact
    assert (after["statecode"], after["statuscode"]) == (1, 3)


async def test_qualified_lead_reuses_contact(stage: Stage) -> None:
    """
    Case b: a lead with a parent contact makes no contact; only its state changes.
    """
    contact = await stage.make("contacts", lastname="Vos")
    bind = {"parentcontactid@odata.bind": f"/contacts({contact})"}
    lead = await stage.make("leads", lastname="Vos", **bind)
    stage.ear.heard.clear()

    answer = await stage.call("POST", f"leads({lead})/{QUALIFY}", WISH)

    assert answer.rows == []
    assert stage.ear.take() == [("Update", "lead", lead), ("QualifyLead", "lead", lead)]
    assert (await stage.get(f"contacts({contact})")).json["_originatingleadid_value"] is None


async def test_qualified_lead_without_contact(stage: Stage) -> None:
    """
    Case c: with CreateContact off there is no contact and no parent.
    """
    lead = await stage.make("leads", lastname="Vos")
    wish = {**WISH, "CreateContact": False, "Status": -1}

    answer = await stage.call("POST", f"leads({lead})/{QUALIFY}", wish)

    row = (await stage.get(f"leads({lead})")).json
    assert answer.rows == []
    assert (row["_parentcontactid_value"], row["statecode"], row["statuscode"]) == (None, 1, 3)


async def test_qualification_makes_all_three(stage: Stage) -> None:
    """
    Account, contact and opportunity are created in that order and linked.
    """
    lead = await stage.make("leads", lastname="Vos", companyname="Bakkerij", subject="Brood")
    wish = {**WISH, "CreateAccount": True, "CreateOpportunity": True}

    answer = await stage.call("POST", f"leads({lead})/{QUALIFY}", wish)

    kinds = [row["@odata.type"].rpartition(".")[2] for row in answer.rows]
    contact = (await stage.get(f"contacts({answer.rows[1]['contactid']})")).json
    after = (await stage.get(f"leads({lead})")).json
    assert kinds == ["account", "contact", "opportunity"]
    assert contact["_parentcustomerid_value"] == answer.rows[0]["accountid"]
    assert after["_qualifyingopportunityid_value"] == answer.rows[2]["opportunityid"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"Status": 1}, "0x80048408", id="status-of-another-state"),
        pytest.param({"Status": "3"}, "0x80048d19", id="status-as-text"),
        pytest.param({"CreateContact": None}, "0x80048d19", id="missing-flag"),
        pytest.param({"Nonsense": 1}, "0x80048d19", id="unknown-parameter"),
    ],
)
async def test_bad_qualification_is_refused(
    stage: Stage, changed: dict[str, object], code: str
) -> None:
    """
    A qualification that the platform refuses leaves the lead open and tells nothing.
    """
    lead = await stage.make("leads", lastname="Vos")
    stage.ear.heard.clear()

    answer = await stage.call("POST", f"leads({lead})/{QUALIFY}", {**WISH, **changed})

    assert (answer.status, answer.code) == (400, code)
    assert stage.ear.heard == []
    assert stage.simulator.store.count("contact") == 0


async def test_lead_qualifies_once(stage: Stage) -> None:
    """
    A qualified lead cannot be qualified again.
    """
    lead = await stage.make("leads", lastname="Vos")
    await stage.call("POST", f"leads({lead})/{QUALIFY}", WISH)

    again = await stage.call("POST", f"leads({lead})/{QUALIFY}", WISH)

    assert again.status == 400
    assert stage.simulator.store.count("contact") == 1


async def test_mailing_has_a_row_once(stage: Stage) -> None:
    """
    A mailing may be written again under the id that its writer chose, and under no other one.
    """
    first, second = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))
    target = {"@odata.type": "Microsoft.Dynamics.CRM.spot_mailing", "spot_externalid": "m-1"}
    bulk = "spot_mailings/Microsoft.Dynamics.CRM.UpsertMultiple"

    for sent in (1, 2):
        row = target | {"spot_mailingid": first, "spot_sentcount": sent}
        assert (await stage.call("POST", bulk, {"Targets": [row]})).status == 204
    taken = await stage.call("POST", bulk, {"Targets": [target | {"spot_mailingid": second}]})

    assert taken.status == 412
    [row] = (await stage.get("spot_mailings?$select=spot_sentcount")).rows
    assert (row["spot_mailingid"], row["spot_sentcount"]) == (first, 2)
