"""The connector's own tables, as it would find them after it was installed."""

from devstack.dataverse.schema.build import (
    choice,
    flag,
    lookup,
    memo,
    moment,
    number,
    states,
    table,
    text,
)
from devstack.dataverse.schema.table import AlternateKey, Column, Table

PROGRESS = {
    100_000_000: "Nieuw",
    100_000_001: "Bezig",
    100_000_002: "Gereed",
    100_000_003: "Mislukt",
    100_000_004: "Onbekend",
}
REQUESTS = {
    100_000_000: "Marketinglijst verzenden",
    100_000_001: "Contactpersoon verzenden",
    100_000_002: "Potentiële klant verzenden",
}


def own_tables() -> tuple[Table, ...]:
    """Describe permissions, campaign messages, requests and mailings."""
    return (_permission(), _campaign_message(), _request(), _mailing())


def _permission() -> Table:
    columns = (
        text("spot_name", "Naam", 100),
        text("spot_externalid", "Externe sleutel", 100),
        number("spot_bit", "Bit"),
        flag("spot_value", "Toestemming"),
        flag("spot_removed", "Verwijderd in Spotler"),
        *_people(),
        *states("Status"),
    )

    return table(
        "spot_permission",
        "spot_permissions",
        "Spotler-toestemming",
        columns,
        primary_name="spot_name",
        owned=True,
        indexed=frozenset({"spot_contactid", "spot_leadid"}),
        keys=(AlternateKey("spot_permissionkey", ("spot_externalid",)),),
        type_code=10_801,
        schema_name="spot_Permission",
    )


def _campaign_message() -> Table:
    columns = (
        text("spot_name", "Naam", 100),
        text("spot_campaignid", "Campagne", 100),
        *_feedback(),
        *_people(),
        *states("Status"),
    )

    return table(
        "spot_campaignmessage",
        "spot_campaignmessages",
        "Spotler-campagnebericht",
        columns,
        primary_name="spot_name",
        owned=True,
        indexed=frozenset({"spot_contactid", "spot_leadid"}),
        type_code=10_802,
        schema_name="spot_CampaignMessage",
    )


def _request() -> Table:
    columns = (
        text("spot_name", "Naam", 100),
        choice("spot_type", "Verzoek", REQUESTS),
        memo("spot_payload", "Inhoud", 100_000),
        number("spot_total", "Totaal"),
        number("spot_done", "Verwerkt"),
        number("spot_failed", "Mislukt"),
        lookup("spot_listid", "Marketinglijst", "list", "spot_ListId"),
        *_feedback(),
        *_people(),
        *states("Status"),
    )

    return table(
        "spot_request",
        "spot_requests",
        "Spotler-verzoek",
        columns,
        primary_name="spot_name",
        owned=True,
        indexed=frozenset({"spot_contactid", "spot_leadid"}),
        type_code=10_803,
        schema_name="spot_Request",
    )


def _mailing() -> Table:
    columns = (
        text("spot_name", "Naam", 200),
        text("spot_externalid", "Externe sleutel", 100),
        text("spot_subject", "Onderwerp", 500),
        text("spot_sender", "Afzender", 200),
        text("spot_type", "Soort", 20),
        moment("spot_scheduledon", "Verzonden op"),
        number("spot_sentcount", "Aantal verzonden"),
        text("spot_archivelink", "Onlineversie", 500),
        *states("Status"),
    )

    return table(
        "spot_mailing",
        "spot_mailings",
        "Spotler-mailing",
        columns,
        primary_name="spot_name",
        owned=True,
        keys=(AlternateKey("spot_mailingkey", ("spot_externalid",)),),
        type_code=10_804,
        schema_name="spot_Mailing",
    )


def _people() -> tuple[Column, ...]:
    return (
        lookup("spot_contactid", "Contactpersoon", "contact", "spot_ContactId"),
        lookup("spot_leadid", "Potentiële klant", "lead", "spot_LeadId"),
    )


def _feedback() -> tuple[Column, ...]:
    return (
        choice("spot_status", "Voortgang", PROGRESS, 100_000_000),
        memo("spot_message", "Melding", 2000),
        moment("spot_startedon", "Gestart op"),
        moment("spot_finishedon", "Voltooid op"),
    )
