"""The table of leads, there only when Sales is installed."""

from devstack.dataverse.schema.build import (
    DEFAULT_ONLY,
    YES_NO,
    choice,
    customer,
    flag,
    lookup,
    money,
    number,
    states,
    table,
    text,
)
from devstack.dataverse.schema.person import (
    address_columns,
    common_columns,
    consent_columns,
    name_columns,
    reach_columns,
)
from devstack.dataverse.schema.table import Column, Table

STATES = {0: "Open", 1: "Gekwalificeerd", 2: "Gediskwalificeerd"}
STATUSES = {
    1: "Nieuw",
    2: "Contact opgenomen",
    3: "Gekwalificeerd",
    4: "Verloren",
    5: "Geen contact mogelijk",
    6: "Niet langer geïnteresseerd",
    7: "Geannuleerd",
}
STATUSES_OF_STATE = {0: (1, 2), 1: (3,), 2: (4, 5, 6, 7)}
QUALITIES = {1: "Heet", 2: "Warm", 3: "Koud"}
SOURCES = {
    1: "Advertentie",
    2: "Verwijzing werknemer",
    3: "Externe verwijzing",
    4: "Partner",
    5: "Public relations",
    6: "Seminar",
    7: "Beurs",
    8: "Web",
    9: "Mond-tot-mondreclame",
    10: "Overig",
}


def lead_table() -> Table:
    """Describe the leads."""
    return table(
        "lead",
        "leads",
        "Potentiële klant",
        (
            *name_columns(),
            *reach_columns(mobile_length=20),
            *address_columns(1),
            *address_columns(2),
            *consent_columns(),
            *common_columns("lead"),
            *_company_columns(),
            *_qualification_columns(),
            *states("Status", STATES, STATUSES),
        ),
        primary_name="fullname",
        owned=True,
        indexed=frozenset({"parentcontactid"}),
        statuses=STATUSES_OF_STATE,
        type_code=4,
    )


def _company_columns() -> tuple[Column, ...]:
    return (
        text("subject", "Onderwerp", 300),
        text("companyname", "Bedrijfsnaam", 100),
        text("sic", "SBI-code", 20),
        number("numberofemployees", "Aantal werknemers"),
        money("revenue", "Jaaromzet"),
        choice("leadsourcecode", "Bron", SOURCES),
        choice("industrycode", "Bedrijfstak", {1: "Accountancy", 2: "Landbouw", 3: "Omroep"}),
    )


def _qualification_columns() -> tuple[Column, ...]:
    return (
        choice("leadqualitycode", "Waardering", QUALITIES, 2),
        choice("prioritycode", "Prioriteit", DEFAULT_ONLY, 1),
        choice("salesstagecode", "Verkoopfase", DEFAULT_ONLY, 1),
        flag("decisionmaker", "Beslisser?", options=YES_NO),
        flag("confirminterest", "Interesse bevestigd"),
        flag("evaluatefit", "Geschiktheid beoordeeld"),
        lookup("parentcontactid", "Bovenliggende contactpersoon", "contact"),
        lookup("parentaccountid", "Bovenliggende account", "account"),
        lookup("qualifyingopportunityid", "Kwalificerende verkoopkans", "opportunity"),
        customer("customerid", "Klant"),
    )
