"""Mailings and who got them, per mailing and per contact."""

import pytest

from devstack.tests.spotler.client import Caller
from devstack.tests.spotler.mail_stage import JANUARY, happens


async def test_mailings_of_a_period(mailed: Caller) -> None:
    """
    Mass mailings of a period are a bare array, without campaign mail.
    """
    answer = await mailed.get("/mailing", **JANUARY)

    assert answer.data == [
        {
            "encryptedId": "m-1",
            "name": "Januari",
            "type": "EMAIL",
            "scheduledStartDate": "2001-01-10T11:00:00+01:00",
            "sentCount": 2,
            "archiveLink": "https://archief.example.nl/m-1",
        }
    ]


@pytest.mark.parametrize("missing", ["fromDate", "toDate"])
async def test_mailings_need_both_dates(spotler: Caller, missing: str) -> None:
    """
    Both dates are required, and the message says which one is not there.
    """
    answer = await spotler.get("/mailing", **{**JANUARY, missing: ""})

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")
    assert answer.data["message"] == f"Invalid {missing} or no {missing} given"


async def test_seeded_mailings_are_recent(spotler: Caller) -> None:
    """
    A fresh account has sent mass mailings in the last days, by SMS as well.
    """
    answer = await spotler.get(
        "/mailing", fromDate="2020-01-01T00:00:00Z", toDate="2100-01-01T00:00:00Z"
    )

    assert [(one["encryptedId"], one["type"]) for one in answer.data] == [
        ("mNieuwsbrief", "EMAIL"),
        ("mActie", "EMAIL"),
        ("mSms", "SMS"),
    ]
    assert "archiveLink" not in answer.data[2]


async def test_mailing_has_details(mailed: Caller) -> None:
    """
    The details add sender, target group, message and the links by which clicks are known.
    """
    details = (await mailed.get("/mailing/m-1")).data

    assert details["message"]["subject"] == "Een goed jaar"
    assert {"sender", "targetGroup", "sentCount", "scheduledStartDate"} <= set(details)
    assert details["links"] == [
        {"id": 7, "name": "Winkel", "url": "https://example.nl/", "type": "webshop"},
        {"id": 8, "name": "Blog", "url": "https://example.nl/blog"},
    ]


async def test_mailing_has_totals(mailed: Caller) -> None:
    """
    The totals count what happened.
    """
    await happens(mailed, "bounced", "m-1", "c-2", bounceType="HARD")
    await happens(mailed, "unsubscribed", "m-1", "c-1")

    totals = (await mailed.get("/mailing/m-1/statistics")).data

    counted = ("sentCount", "openCount", "clickCount", "hardbounceCount", "softbounceCount")
    assert [totals[name] for name in (*counted, "unsubscribeCount")] == [2, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("recipients", "recipients", [{}, {}]),
        ("opens", "opens", [{"openDate": "2001-01-10T12:00:00+01:00"}]),
        ("clicks", "clicks", [{"clickDate": "2001-01-10T12:00:00+01:00", "linkId": 7}]),
        (
            "bounces",
            "bounces",
            [{"bounceDate": "2001-01-10T12:00:00+01:00", "type": "SOFTBOUNCE"}],
        ),
    ],
)
@pytest.mark.feature("F86", "F91")
async def test_reports_of_a_mailing(
    mailed: Caller, path: str, name: str, expected: list[dict[str, object]]
) -> None:
    """
    Each report names the contact by both ids and says what happened and when.
    """
    answer = (await mailed.get(f"/mailing/m-1/{path}")).data

    assert set(answer) == {"paging", name}
    assert all(
        set(one.pop("contactIdentifier")) == {"externalId", "encryptedId"} for one in answer[name]
    )
    assert answer[name] == expected


async def test_report_of_contact_without_id(mailed: Caller) -> None:
    """
    A contact that Spotler alone knows is named by its encrypted id, and not at all in a feed.
    """
    made = await mailed.control("POST", "/contacts", {"properties": {"email": "a@b.nl"}})
    key = made.data[0]["encryptedId"]
    await happens(mailed, "opened", "m-1", key)

    opens = (await mailed.get("/mailing/m-1/opens")).data["opens"]
    feed = (await mailed.get("/mailing-interaction/opened")).data["interactions"]

    assert opens[1]["contactIdentifier"] == {"encryptedId": key}
    assert "externalContactId" not in feed[1]


async def test_sms_has_no_subject(spotler: Caller) -> None:
    """
    An SMS has neither subject nor sender's address.
    """
    details = (await spotler.get("/mailing/mSms")).data

    assert set(details["message"]) == {"name", "author", "fromName"}
    assert details["links"] == []


async def test_reports_have_pages(mailed: Caller) -> None:
    """
    Reports come in pages, with a default size for who names none.
    """
    first = (await mailed.get("/mailing/m-1/recipients", pageSize=1)).data
    second = (await mailed.get("/mailing/m-1/recipients", pageSize=1, after=1)).data

    found = [one["recipients"][0]["contactIdentifier"]["externalId"] for one in (first, second)]
    assert found == ["c-1", "c-2"]
    assert (first["paging"]["after"], second["paging"]) == (1, {})


async def test_reports_of_one_contact(mailed: Caller) -> None:
    """
    What one contact did has no identifiers, and is empty for who did nothing.
    """
    opens = (await mailed.get("/mailing/m-1/opens/c-1")).data["opens"]
    clicks = (await mailed.get("/mailing/m-1/clicks/c-1")).data["clicks"]
    nothing = (await mailed.get("/mailing/m-1/clicks/c-2")).data["clicks"]

    assert opens == [{"openDate": "2001-01-10T12:00:00+01:00"}]
    assert clicks == [{"clickDate": "2001-01-10T12:00:00+01:00", "linkId": 7}]
    assert nothing == []


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/mailing/none", 404, "MAILING_NOTFOUND"),
        ("/mailing/none/opens", 404, "MAILING_NOTFOUND"),
        ("/mailing/cmWelkom", 400, "INVALID_MAILING"),
        ("/mailing/cmWelkom/statistics", 400, "INVALID_MAILING"),
        ("/campaign-mailing/none", 404, "MAILING_NOTFOUND"),
        ("/campaign-mailing/m-1", 400, "INVALID_MAILING"),
        ("/campaign-mailing/m-1/clicks", 400, "INVALID_MAILING"),
        ("/mailing/m-1/opens/nobody", 400, "CONTACT_NOT_FOUND"),
        ("/campaign-mailing/cmWelkom/opens/99", 400, "INVALID_PARAMS"),
        ("/campaign-mailing/cmWelkom/clicks/x", 400, "INVALID_PARAMS"),
        ("/contact/nobody/mailings", 404, "CONTACT_NOT_FOUND"),
        ("/contact/nobody/campaign-mailings", 404, "CONTACT_NOT_FOUND"),
    ],
)
async def test_wrong_names_are_refused(mailed: Caller, path: str, status: int, error: str) -> None:
    """
    An unknown mailing, one of the wrong kind and an unknown contact are told apart.
    """
    answer = await mailed.get(path)

    assert (answer.status, answer.error) == (status, error)


@pytest.mark.feature("F86", "F97")
async def test_campaign_mail_is_reported(spotler: Caller) -> None:
    """
    Campaign mail has reports of its own, by participation and by period.
    """
    await spotler.has("c-1")
    await spotler.post("/campaign/trigger/tWelkom", {"externalContactId": "c-1"})
    more = {"campaignSubscriptionId": 1, "linkId": 1, "date": "2001-01-10T12:00:00Z"}
    await happens(spotler, "clicked", "cmWelkom", "c-1", **more)
    one = "/campaign-mailing/cmWelkom"

    recipients = (await spotler.get(f"{one}/recipients")).data["recipients"]
    inside = (await spotler.get(f"{one}/clicks", **JANUARY)).data["clicks"]
    outside = (await spotler.get(f"{one}/clicks", fromDate="2001-02-01T00:00:00Z")).data["clicks"]
    own = (await spotler.get(f"{one}/clicks/1")).data["clicks"]
    details = (await spotler.get(one)).data

    assert set(recipients[0]) == {"contactIdentifier", "sendDate", "campaignSubscriptionId"}
    assert inside[0]["campaignSubscriptionId"] == 1
    assert inside[0]["linkId"] == 1
    assert outside == []
    assert own == [{"clickDate": "2001-01-10T13:00:00+01:00", "linkId": 1}]
    assert set(details) == {"encryptedId", "name", "type", "message", "links"}


@pytest.mark.parametrize(("enabled", "ids"), [("", [1, 2]), ("true", [1]), ("false", [2])])
async def test_trend_reports_are_listed(spotler: Caller, enabled: str, ids: list[int]) -> None:
    """
    Trend reports are listed, all or by visibility.
    """
    answer = (await spotler.get("/trend-report", enabled=enabled)).data

    assert [one["id"] for one in answer["trendReports"]] == ids
    assert answer["trendReports"][0]["mailingCount"] == (1 if 1 in ids else 0)


async def test_visibility_is_true_or_false(spotler: Caller) -> None:
    """
    Anything else is refused.
    """
    assert (await spotler.get("/trend-report", enabled="yes")).error == "INVALID_PARAMS"
