"""The tables of companies, users and the organisation itself."""

from devstack.dataverse.schema.build import (
    choice,
    flag,
    lookup,
    memo,
    money,
    number,
    read_only,
    states,
    table,
    text,
)
from devstack.dataverse.schema.person import address_columns, common_columns
from devstack.dataverse.schema.table import Column, Kind, Table


def organisation_tables() -> tuple[Table, ...]:
    """Describe the tables that every environment has."""
    return (_account(), _systemuser(), _team(), _businessunit(), _organization(), _currency())


def _account() -> Table:
    columns = (
        text("name", "Accountnaam", 160),
        text("accountnumber", "Accountnummer", 20),
        text("emailaddress1", "E-mail"),
        text("telephone1", "Telefoon", 50),
        text("fax", "Fax", 50),
        text("websiteurl", "Website", 200),
        memo("description", "Beschrijving"),
        number("numberofemployees", "Aantal werknemers"),
        money("revenue", "Jaaromzet"),
        lookup("parentaccountid", "Bovenliggende account", "account"),
        lookup("primarycontactid", "Primaire contactpersoon", "contact"),
        *address_columns(1),
        *common_columns("account"),
        *states("Status"),
    )

    return table("account", "accounts", "Account", columns, owned=True, type_code=1)


def _systemuser() -> Table:
    columns = (
        text("firstname", "Voornaam", 256),
        text("lastname", "Achternaam", 256),
        read_only(text("fullname", "Volledige naam", 200)),
        text("domainname", "Gebruikersnaam", 1024),
        text("internalemailaddress", "Primair e-mailadres", 100),
        Column("azureactivedirectoryobjectid", Kind.GUID, "Object-id van Entra"),
        Column("applicationid", Kind.GUID, "Toepassings-id"),
        flag("isdisabled", "Status", options={1: "Uitgeschakeld", 0: "Ingeschakeld"}),
        choice("accessmode", "Toegangsmodus", {0: "Lezen/schrijven", 4: "Niet-interactief"}, 0),
        lookup("businessunitid", "Business unit", "businessunit"),
    )

    return table(
        "systemuser",
        "systemusers",
        "Gebruiker",
        columns,
        primary_name="fullname",
        type_code=8,
        schema_name="SystemUser",
    )


def _team() -> Table:
    columns = (
        text("name", "Teamnaam", 160),
        choice("teamtype", "Teamtype", {0: "Eigenaar", 1: "Toegang"}, 0),
        flag("isdefault", "Is standaard"),
        lookup("businessunitid", "Business unit", "businessunit"),
        lookup("administratorid", "Beheerder", "systemuser"),
    )

    return table("team", "teams", "Team", columns, type_code=9)


def _businessunit() -> Table:
    columns = (
        text("name", "Naam", 160),
        lookup("parentbusinessunitid", "Bovenliggende business unit", "businessunit"),
        flag("isdisabled", "Is uitgeschakeld"),
    )

    return table(
        "businessunit",
        "businessunits",
        "Business unit",
        columns,
        type_code=10,
        schema_name="BusinessUnit",
    )


def _organization() -> Table:
    columns = (
        text("name", "Organisatienaam", 160),
        number("languagecode", "Taal"),
        number("localeid", "Landinstelling"),
        lookup("basecurrencyid", "Valuta", "transactioncurrency"),
        number("maxuploadfilesize", "Maximale bestandsgrootte"),
    )

    return table("organization", "organizations", "Organisatie", columns, type_code=1019)


def _currency() -> Table:
    columns = (
        text("currencyname", "Naam van valuta", 100),
        text("isocurrencycode", "Valutacode", 5),
        text("currencysymbol", "Symbool", 13),
        *states("Status"),
    )

    return table(
        "transactioncurrency",
        "transactioncurrencies",
        "Valuta",
        columns,
        primary_name="currencyname",
        type_code=9105,
        schema_name="TransactionCurrency",
    )
