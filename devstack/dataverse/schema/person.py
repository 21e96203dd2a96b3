"""The columns that contacts and leads share.

https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/contact
"""

from devstack.dataverse.schema.build import (
    DEFAULT_ONLY,
    choice,
    flag,
    lookup,
    memo,
    moment,
    number,
    read_only,
    text,
)
from devstack.dataverse.schema.table import Column, Kind

ALLOWED = {0: "Toestaan", 1: "Niet toestaan"}
SENT = {0: "Verzenden", 1: "Niet verzenden"}
CHANNELS = {1: "Willekeurig", 2: "E-mail", 3: "Telefoon", 4: "Fax", 5: "Post"}


def name_columns() -> tuple[Column, ...]:
    """Return the names of a person and how to address them."""
    return (
        text("salutation", "Aanhef"),
        text("firstname", "Voornaam", 50),
        text("middlename", "Tussenvoegsel", 50),
        text("lastname", "Achternaam", 50),
        read_only(text("fullname", "Volledige naam", 160)),
        read_only(text("yomifullname", "Volledige Yomi-naam", 450)),
        text("jobtitle", "Functie"),
        memo("description", "Beschrijving"),
        text("websiteurl", "Website", 200),
    )


def reach_columns(mobile_length: int) -> tuple[Column, ...]:
    """Return the e-mail addresses and telephone numbers of a person."""
    return (
        text("emailaddress1", "E-mail"),
        text("emailaddress2", "E-mailadres 2"),
        text("emailaddress3", "E-mailadres 3"),
        text("telephone1", "Telefoon (werk)", 50),
        text("telephone2", "Telefoon (thuis)", 50),
        text("telephone3", "Telefoon 3", 50),
        text("mobilephone", "Mobiele telefoon", mobile_length),
        text("fax", "Fax", 50),
        text("pager", "Pager", 50),
    )


def address_columns(number_of_address: int) -> tuple[Column, ...]:
    """Return the columns of one of the addresses of a person."""
    prefix, label = f"address{number_of_address}_", f"Adres {number_of_address}"

    return (
        choice(f"{prefix}addresstypecode", f"{label}: type", DEFAULT_ONLY, 1),
        text(f"{prefix}name", f"{label}: naam", 200),
        text(f"{prefix}line1", f"{label}: straat 1", 250),
        text(f"{prefix}line2", f"{label}: straat 2", 250),
        text(f"{prefix}line3", f"{label}: straat 3", 250),
        text(f"{prefix}postalcode", f"{label}: postcode", 20),
        text(f"{prefix}city", f"{label}: plaats", 80),
        text(f"{prefix}county", f"{label}: district", 50),
        text(f"{prefix}stateorprovince", f"{label}: provincie", 50),
        text(f"{prefix}country", f"{label}: land/regio", 80),
        text(f"{prefix}telephone1", f"{label}: telefoon", 50),
        read_only(memo(f"{prefix}composite", label, 1000)),
    )


def consent_columns() -> tuple[Column, ...]:
    """Return the columns in which yes means that it is not allowed."""
    return (
        flag("donotemail", "E-mail niet toestaan", options=ALLOWED),
        flag("donotbulkemail", "Bulk-e-mail niet toestaan", options=ALLOWED),
        flag("donotphone", "Telefoongesprekken niet toestaan", options=ALLOWED),
        flag("donotfax", "Faxen niet toestaan", options=ALLOWED),
        flag("donotpostalmail", "Post niet toestaan", options=ALLOWED),
        flag("donotsendmm", "Marketingmateriaal verzenden", options=SENT),
        flag("followemail", "E-mailactiviteit volgen", default=True),
        choice("preferredcontactmethodcode", "Voorkeursmethode", CHANNELS, 1),
    )


def common_columns(table: str) -> tuple[Column, ...]:
    """Return what else accounts, contacts and leads have alike."""
    return (
        lookup("transactioncurrencyid", "Valuta", "transactioncurrency"),
        read_only(Column("exchangerate", Kind.DECIMAL, "Wisselkoers")),
        flag("participatesinworkflow", "Neemt deel aan werkstroom"),
        read_only(flag("merged", "Samengevoegd")),
        read_only(lookup("masterid", "Hoofdrecord", table)),
        read_only(flag("isautocreate", "Automatisch gemaakt")),
        read_only(flag("isprivate", "Privé")),
        moment("lastusedincampaign", "Laatst gebruikt in campagne"),
        number("teamsfollowed", "Gevolgd door teams"),
    )
