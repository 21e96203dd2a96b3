"""The table of contacts."""

from devstack.dataverse.schema.build import (
    DEFAULT_ONLY,
    choice,
    customer,
    day,
    flag,
    lookup,
    money,
    number,
    states,
    table,
    text,
)
from devstack.dataverse.schema.person import (
    ALLOWED,
    address_columns,
    common_columns,
    consent_columns,
    name_columns,
    reach_columns,
)
from devstack.dataverse.schema.table import Column, Table

GENDERS = {1: "Man", 2: "Vrouw"}
FAMILIES = {1: "Alleenstaand", 2: "Gehuwd", 3: "Gescheiden", 4: "Weduwe/weduwnaar"}
ROLES = {1: "Beslisser", 2: "Werknemer", 3: "Beïnvloeder"}


def contact_table(*, sales: bool) -> Table:
    """Describe the contacts; the originating lead exists only together with Sales."""
    return table(
        "contact",
        "contacts",
        "Contactpersoon",
        (
            *name_columns(),
            *reach_columns(mobile_length=50),
            *address_columns(1),
            *address_columns(2),
            *consent_columns(),
            *common_columns("contact"),
            *_private_columns(),
            *_business_columns(),
            *(_sales_columns() if sales else ()),
            *states("Status"),
        ),
        primary_name="fullname",
        owned=True,
        indexed=frozenset({"originatingleadid"} if sales else ()),
        type_code=2,
    )


def _private_columns() -> tuple[Column, ...]:
    return (
        text("nickname", "Roepnaam", 100),
        text("suffix", "Achtervoegsel", 10),
        text("yomifirstname", "Yomi-voornaam", 150),
        text("yomilastname", "Yomi-achternaam", 150),
        choice("gendercode", "Geslacht", GENDERS),
        choice("familystatuscode", "Burgerlijke staat", FAMILIES),
        choice("educationcode", "Opleiding", DEFAULT_ONLY, 1),
        choice("haschildrencode", "Heeft kinderen", DEFAULT_ONLY, 1),
        day("birthdate", "Verjaardag"),
        day("anniversary", "Trouwdag"),
        number("numberofchildren", "Aantal kinderen"),
        text("childrensnames", "Namen van kinderen", 255),
        text("spousesname", "Naam van echtgenoot/partner", 100),
        text("governmentid", "Burgerservicenummer", 50),
        text("home2", "Telefoon thuis 2", 50),
        money("annualincome", "Jaarinkomen"),
    )


def _business_columns() -> tuple[Column, ...]:
    return (
        customer("parentcustomerid", "Bedrijfsnaam"),
        text("department", "Afdeling", 100),
        text("employeeid", "Werknemer", 50),
        text("externaluseridentifier", "Externe gebruikers-id", 50),
        text("assistantname", "Assistent", 100),
        text("assistantphone", "Telefoon van assistent", 50),
        text("managername", "Manager", 100),
        text("managerphone", "Telefoon van manager", 50),
        text("business2", "Telefoon werk 2", 50),
        text("callback", "Terugbelnummer", 50),
        text("company", "Telefoon bedrijf", 50),
        text("ftpsiteurl", "FTP-site", 200),
        choice("accountrolecode", "Rol", ROLES),
        choice("customersizecode", "Klantgrootte", DEFAULT_ONLY, 1),
        choice("customertypecode", "Relatietype", DEFAULT_ONLY, 1),
        choice("leadsourcecode", "Bron van potentiële klant", DEFAULT_ONLY, 1),
        choice("territorycode", "Regio", DEFAULT_ONLY, 1),
        choice("shippingmethodcode", "Verzendmethode", DEFAULT_ONLY, 1),
        choice("address2_freighttermscode", "Adres 2: leveringsvoorwaarden", DEFAULT_ONLY, 1),
        choice("address2_shippingmethodcode", "Adres 2: verzendmethode", DEFAULT_ONLY, 1),
        choice("preferredappointmenttimecode", "Voorkeurstijd", {1: "Ochtend", 2: "Middag"}, 1),
        flag("creditonhold", "Krediet geblokkeerd"),
        money("creditlimit", "Kredietlimiet"),
        flag("donotbulkpostalmail", "Bulkpost niet toestaan", options=ALLOWED),
        flag("isbackofficecustomer", "Backofficeklant"),
        flag("marketingonly", "Alleen marketing"),
        lookup("preferredsystemuserid", "Voorkeursgebruiker", "systemuser"),
    )


def _sales_columns() -> tuple[Column, ...]:
    return (lookup("originatingleadid", "Oorspronkelijke potentiële klant", "lead"),)
