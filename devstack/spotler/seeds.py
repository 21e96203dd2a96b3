"""What a fresh account holds: fields, permissions, mailings, campaigns; no contacts."""

from devstack.spotler.campaign_store import Automation, Campaign, Trigger
from devstack.spotler.dates import Milliseconds
from devstack.spotler.fields import PERMISSIONS, Entry, Field, FieldType
from devstack.spotler.list_store import TemporaryList
from devstack.spotler.post import Link, Mailing, TrendReport

_HOUR: Milliseconds = 3_600_000


def fields() -> list[Field]:
    """Return the database fields, with the three that a CRM connector needs."""
    return [
        Field("email", "E-mailadres", FieldType.EMAIL),
        Field("firstName", "Voornaam"),
        Field("infix", "Tussenvoegsel"),
        Field("lastName", "Achternaam"),
        Field("initials", "Voorletters"),
        Field("gender", "Geslacht", FieldType.GENDER),
        Field("birthday", "Birthday", FieldType.BIRTHDATE),
        Field("organisation", "Organisatie"),
        Field("street", "Straat"),
        Field("houseNumber", "Huisnummer"),
        Field("postalCode", "Postcode", FieldType.POSTCODE),
        Field("city", "Plaats"),
        Field("country", "Land"),
        Field("phoneNumber", "Telefoonnummer"),
        Field("mobilePhone", "Mobiel nummer", FieldType.MOBILE),
        Field("taal", "Taal"),
        Field("customerType", "Soort klant"),
        Field("firstPurchaseDate", "Eerste aankoop", FieldType.DATE_TIME),
        Field("lastPurchaseDate", "Laatste aankoop", FieldType.DATE_TIME),
        Field("freeField1", "Type"),
        Field("freeField2", "Vrij veld 2", visible=False),
        Field("profileField1", "Owner"),
        Field("profileField2", "Klantnummer"),
        Field("profileField3", "Functie"),
        Field("profileField4", "Aantal bestellingen", FieldType.INT),
        Field("profileField5", "Omzet", FieldType.MONEY),
        Field("profileField6", "Klant sinds", FieldType.DATE),
        Field("profileField7", "Profielveld 7", visible=False),
        Field("profileField8", "Profielveld 8", visible=False),
        _set("list1", "Interesses", {1: "Sport", 2: "Kunst", 4: "Reizen"}),
        _set(PERMISSIONS, "Permissies", {1: "Nieuwsbrief", 2: "Acties", 4: "Evenementen"}),
    ]


def lists(now: Milliseconds) -> list[TemporaryList]:
    """Return a list that somebody imported by hand, which therefore has no external id."""
    return [TemporaryList("Import beurs", now - 48 * _HOUR, type="IMPORT")]


def mailings(now: Milliseconds) -> list[Mailing]:
    """Return mass mailings, an SMS and what the campaigns send."""
    site = Link(1, "Website", "https://www.example.nl/")
    leave = Link(2, "Afmelden", "https://www.example.nl/afmelden", "unsubscribe")

    return [
        Mailing(
            "mNieuwsbrief",
            "Nieuwsbrief najaar",
            now - 26 * _HOUR,
            subject="Het najaar begint",
            links=[site, leave],
            trend_report_id=1,
        ),
        Mailing("mActie", "Actie", now - 3 * _HOUR, subject="Alleen vandaag", links=[site, leave]),
        Mailing("mSms", "Herinnering per sms", now - 2 * _HOUR, type="SMS"),
        Mailing(
            "cmWelkom",
            "Welkomstmail",
            now - 90 * 24 * _HOUR,
            subject="Welkom",
            campaign=True,
            links=[site, leave],
        ),
        Mailing(
            "cmUitnodiging",
            "Uitnodiging",
            now - 30 * 24 * _HOUR,
            subject="Kom langs",
            campaign=True,
            links=[site],
        ),
    ]


def campaigns() -> list[Campaign]:
    """Return campaigns in every state that a trigger can meet."""
    return [
        Campaign(
            "cWelkom", "Welkom", triggers=[Trigger("tWelkom", "Start")], mailings=["cmWelkom"]
        ),
        Campaign(
            "cUitnodiging",
            "Uitnodiging beurs",
            unlimited=False,
            triggers=[Trigger("tUitnodiging", "Nodig uit"), Trigger("tHerinner", "Herinner")],
            mailings=["cmUitnodiging"],
        ),
        Campaign(
            "cVerjaardag",
            "Verjaardag",
            active=False,
            triggers=[Trigger("tVerjaardag", "Jarig")],
            mailings=["cmWelkom"],
        ),
        Campaign("cLeeg", "Zonder bericht", triggers=[Trigger("tLeeg", "Start")]),
        Campaign("cIntern", "Zonder externe trigger", mailings=["cmWelkom"]),
    ]


def automations() -> dict[str, list[Automation]]:
    """Return automations by trigger code: one that starts, one that is off, one for once only."""
    return {
        "11111111-1111-4111-8111-111111111111": [
            Automation("aaaaaaaa-0000-4000-8000-000000000001"),
            Automation("aaaaaaaa-0000-4000-8000-000000000002", active=False),
        ],
        "22222222-2222-4222-8222-222222222222": [
            Automation("aaaaaaaa-0000-4000-8000-000000000003", active=False)
        ],
        "33333333-3333-4333-8333-333333333333": [
            Automation("aaaaaaaa-0000-4000-8000-000000000004", limit=1)
        ],
    }


def trend_reports(now: Milliseconds) -> list[TrendReport]:
    """Return one visible and one hidden report."""
    return [
        TrendReport(1, "Nieuwsbrieven", now - 48 * _HOUR),
        TrendReport(2, "Oude acties", now - 96 * _HOUR, enabled=False, target="B2C"),
    ]


def _set(name: str, description: str, labels: dict[int, str]) -> Field:
    entries = {
        bit: Entry(bit, label, rank) for rank, (bit, label) in enumerate(labels.items(), start=1)
    }

    return Field(name, description, FieldType.SET, entries=entries)
