"""The tables that come with Sales: marketing lists, their members, opportunities."""

import dataclasses

from devstack.dataverse.schema.build import (
    choice,
    customer,
    flag,
    lookup,
    memo,
    moment,
    number,
    once,
    read_only,
    states,
    table,
    text,
)
from devstack.dataverse.schema.table import Column, Kind, Table

MEMBER_TYPES = {1: "Account", 2: "Contactpersoon", 4: "Potentiële klant"}
OPPORTUNITY_STATES = {0: "Open", 1: "Gewonnen", 2: "Verloren"}
OPPORTUNITY_STATUSES = {1: "Bezig", 3: "Gewonnen", 4: "Geannuleerd", 5: "Uitverkocht"}
MEMBER_TABLES = {1: "account", 2: "contact", 4: "lead"}


def sales_tables() -> tuple[Table, ...]:
    """Describe the tables of marketing lists and opportunities."""
    return (_list(), _listmember(), _opportunity())


def _list() -> Table:
    columns = (
        text("listname", "Naam", 128),
        once(flag("type", "Type", options={0: "Statisch", 1: "Dynamisch"})),
        _must(choice("createdfromcode", "Doel", MEMBER_TYPES)),
        once(number("membertype", "Lidtype")),
        memo("query", "Query", 1_073_741_823),
        memo("description", "Beschrijving"),
        text("purpose", "Doeleinde", 512),
        text("source", "Bron", 128),
        read_only(number("membercount", "Aantal leden", 0)),
        flag("lockstatus", "Vergrendeld"),
        flag("donotsendonoptout", "Leden uitsluiten die niet willen", default=True),
        flag("ignoreinactivelistmembers", "Inactieve leden uitsluiten", default=True),
        moment("lastusedon", "Laatst gebruikt op"),
        *states("Status"),
    )

    return table(
        "list",
        "lists",
        "Marketinglijst",
        columns,
        primary_name="listname",
        owned=True,
        type_code=4300,
    )


def _listmember() -> Table:
    columns = (
        once(Column("entityid", Kind.GUID, "Lid")),
        once(Column("entitytype", Kind.ENTITY_NAME, "Type lid", length=64)),
        once(lookup("listid", "Marketinglijst", "list")),
    )

    return table(
        "listmember",
        "listmembers",
        "Lid van marketinglijst",
        columns,
        primary_name=None,
        indexed=frozenset({"entityid"}),
        cascades=frozenset({"listid"}),
        type_code=4301,
        schema_name="ListMember",
    )


def _opportunity() -> Table:
    columns = (
        text("name", "Onderwerp", 300),
        customer("customerid", "Potentiële klant"),
        lookup("originatingleadid", "Oorspronkelijke potentiële klant", "lead"),
        lookup("parentcontactid", "Contactpersoon", "contact"),
        lookup("parentaccountid", "Account", "account"),
        lookup("transactioncurrencyid", "Valuta", "transactioncurrency"),
        *states("Status", OPPORTUNITY_STATES, OPPORTUNITY_STATUSES),
    )

    return table(
        "opportunity",
        "opportunities",
        "Verkoopkans",
        columns,
        owned=True,
        statuses={0: (1,), 1: (3,), 2: (4, 5)},
        type_code=3,
    )


def _must(column: Column) -> Column:
    return dataclasses.replace(column, updatable=False, required=True)
