"""Campaigns and automations: what starts, what does not, and why."""

import pytest

from devstack.tests.spotler.client import Answer, Caller


async def fire(spotler: Caller, trigger: str, external_id: str = "c-1") -> Answer:
    return await spotler.post(f"/campaign/trigger/{trigger}", {"externalContactId": external_id})


@pytest.mark.feature("F92", "F99")
async def test_campaigns_are_listed(spotler: Caller) -> None:
    """
    All campaigns are listed, active or not; without external triggers they have no `triggers`.
    """
    campaigns = {one["encryptedId"]: one for one in (await spotler.get("/campaign/list")).data}

    assert campaigns["cWelkom"] == {
        "encryptedId": "cWelkom",
        "name": "Welkom",
        "active": True,
        "triggers": [{"encryptedId": "tWelkom", "name": "Start"}],
    }
    assert len(campaigns["cUitnodiging"]["triggers"]) == 2
    assert campaigns["cVerjaardag"]["active"] is False
    assert "triggers" not in campaigns["cIntern"]


@pytest.mark.feature("F94", "F97", "F102")
async def test_trigger_sends_at_once(spotler: Caller) -> None:
    """
    A trigger runs the campaign at once, and again as often as its participation is unlimited.
    """
    await spotler.has("c-1", email="a@b.nl")

    answers = [await fire(spotler, "tWelkom") for _ in range(2)]

    history = (await spotler.get("/contact/c-1/campaign-mailings")).data["campaignMailingHistories"]
    assert [answer.status for answer in answers] == [204, 204]
    assert [one["campaignMailing"]["encryptedId"] for one in history] == ["cmWelkom", "cmWelkom"]
    assert history[0]["campaignSubscriptionId"] != history[1]["campaignSubscriptionId"]


@pytest.mark.parametrize(
    ("trigger", "contact", "status", "error"),
    [
        pytest.param("tNone", "c-1", 404, "TRIGGER_NOTFOUND", id="no-trigger"),
        pytest.param("tWelkom", "nobody", 400, "CONTACT_NOT_FOUND", id="no-contact"),
        pytest.param("tVerjaardag", "c-1", 400, "INVALID_STATE", id="inactive"),
        pytest.param("tLeeg", "c-1", 400, "INVALID_STATE", id="no-message"),
        pytest.param("tUitnodiging", "c-1", 400, "INVALID_STATE", id="twice"),
        pytest.param("tHerinner", "c-1", 400, "INVALID_STATE", id="twice-by-other-trigger"),
        pytest.param("tWelkom", "c-2", 400, "INVALID_STATE", id="not-selected"),
    ],
)
async def test_trigger_is_refused(
    spotler: Caller, trigger: str, contact: str, status: int, error: str
) -> None:
    """
    A campaign that cannot start says why, and nothing is sent.
    """
    for external_id in ("c-1", "c-2"):
        await spotler.has(external_id)
    await fire(spotler, "tUitnodiging")
    await spotler.control("PUT", "/campaigns/cWelkom", {"excluded": ["c-2"]})

    answer = await fire(spotler, trigger, contact)

    assert (answer.status, answer.error) == (status, error)
    assert len(spotler.account.campaigns.all()[0].participations) == 0


@pytest.mark.feature("F98")
async def test_activated_campaign_starts(spotler: Caller) -> None:
    """
    A campaign that a Spotler user activates is active in the list and can start.
    """
    await spotler.has("c-1")
    await spotler.control("PUT", "/campaigns/cVerjaardag", {"active": True})

    answer = await fire(spotler, "tVerjaardag")

    listed = {one["encryptedId"]: one for one in (await spotler.get("/campaign/list")).data}
    assert listed["cVerjaardag"]["active"] is True
    assert answer.status == 204


@pytest.mark.feature("F93", "F95", "F96")
async def test_new_campaign_starts(spotler: Caller) -> None:
    """
    A campaign that a Spotler user makes is listed with its trigger and can start.
    """
    await spotler.has("c-1")
    await spotler.control("PUT", "/mailings/cmNieuw", {"name": "Nieuw", "campaign": True})
    await spotler.control(
        "PUT",
        "/campaigns/cNieuw",
        {
            "name": "Nieuw",
            "triggers": [{"encryptedId": "tNieuw", "name": "Start"}],
            "mailings": ["cmNieuw"],
        },
    )

    answer = await fire(spotler, "tNieuw")

    mailings = await spotler.get("/campaign/cNieuw/mailing")
    assert answer.status == 204
    assert mailings.data == [{"encryptedId": "cmNieuw", "name": "Nieuw", "type": "EMAIL"}]


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        (None, 204, ""),
        ([{"name": "code", "value": "X1", "values": None}], 204, ""),
        ([{"name": "site", "type": "URL", "value": "https://example.nl"}], 204, ""),
        ([{"name": "goods", "type": "PRODUCTLIST", "values": []}], 204, ""),
        ([{"name": "goods", "type": "PRODUCTLIST", "values": ["p-1"]}], 400, "PRODUCT_NOTFOUND"),
        ([{"value": "X1"}], 400, "INVALID_PARAMS"),
        ([{"name": "code", "type": "INT"}], 400, "INVALID_PARAMS"),
        ({"name": "code"}, 400, "INVALID_PARAMS"),
        ([{"name": "code", "extra": 1}], 501, "NOT_SIMULATED"),
    ],
)
async def test_campaign_fields_are_checked(
    spotler: Caller, fields: object, status: int, error: str
) -> None:
    """
    Fields of a trigger have a name and one of three types; products are not known here.
    """
    await spotler.has("c-1")

    answer = await spotler.post(
        "/campaign/trigger/tWelkom", {"externalContactId": "c-1", "campaignFields": fields}
    )

    assert answer.status == status
    assert not error or answer.error == error


async def test_stop_ends_participation(spotler: Caller) -> None:
    """
    Who takes part can be stopped once.
    """
    await spotler.has("c-1")
    await fire(spotler, "tWelkom")
    body = {"externalContactId": "c-1"}

    stopped = await spotler.post("/campaign/cWelkom/stop", body)
    again = await spotler.post("/campaign/cWelkom/stop", body)

    shown = await spotler.control("GET", "/campaigns/cWelkom")
    assert (stopped.status, stopped.text) == (204, "")
    assert (again.status, again.error) == (400, "INVALID_STATE")
    assert shown.data["participations"] == [{"id": 1, "contact": "c-1", "running": False}]


@pytest.mark.parametrize(
    ("campaign", "contact", "status", "error"),
    [
        ("cNone", "c-1", 404, "CAMPAIGN_NOTFOUND"),
        ("cWelkom", "nobody", 400, "CONTACT_NOT_FOUND"),
        ("cWelkom", "c-1", 400, "INVALID_STATE"),
    ],
    ids=["no-campaign", "no-contact", "never-triggered"],
)
async def test_stop_is_refused(
    spotler: Caller, campaign: str, contact: str, status: int, error: str
) -> None:
    """
    Who does not take part cannot be stopped.
    """
    await spotler.has("c-1")

    answer = await spotler.post(f"/campaign/{campaign}/stop", {"externalContactId": contact})

    assert (answer.status, answer.error) == (status, error)


async def test_mailings_of_unknown_campaign(spotler: Caller) -> None:
    """
    The mailings of a campaign that does not exist are not found.
    """
    answer = await spotler.get("/campaign/cNone/mailing")

    assert (answer.status, answer.error) == (404, "CAMPAIGN_NOTFOUND")


ONE_OF_TWO = "11111111-1111-4111-8111-111111111111"
INACTIVE = "22222222-2222-4222-8222-222222222222"
ONCE = "33333333-3333-4333-8333-333333333333"


async def automate(spotler: Caller, code: str, external_id: str = "c-1") -> Answer:
    return await spotler.post(f"/automation/trigger/{code}", {"externalContactId": external_id})


async def test_automation_starts(spotler: Caller) -> None:
    """
    If one automation starts, the trigger is OK and each says what came of it.
    """
    await spotler.has("c-1")

    answer = await automate(spotler, ONE_OF_TWO)

    assert answer.status == 200
    assert answer.data["result"] == "OK"
    assert [one["result"] for one in answer.data["automationResults"]] == [
        "OK",
        "AUTOMATION_INACTIVE",
    ]


async def test_automation_not_started(spotler: Caller) -> None:
    """
    If none starts, the answer is 417 with the same body.
    """
    await spotler.has("c-1")
    await automate(spotler, ONCE)

    inactive = await automate(spotler, INACTIVE)
    again = await automate(spotler, ONCE)

    assert (inactive.status, inactive.data["result"]) == (417, "NOT_TRIGGERED")
    assert (again.status, again.data["result"]) == (417, "NOT_TRIGGERED")
    assert again.data["automationResults"][0]["result"] == "PARTICIPATION_LIMIT_REACHED"


async def test_automation_unknown(spotler: Caller) -> None:
    """
    An unknown trigger and an unknown contact are 404 with the same body.
    """
    trigger = await automate(spotler, "00000000-0000-4000-8000-000000000000")
    contact = await automate(spotler, ONE_OF_TWO, "nobody")

    assert (trigger.status, trigger.data) == (404, {"result": "TRIGGER_NOTFOUND"})
    assert (contact.status, contact.data) == (404, {"result": "CONTACT_NOTFOUND"})
