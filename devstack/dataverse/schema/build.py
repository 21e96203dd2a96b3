"""Short words for describing columns, so that a table reads as a list."""

import dataclasses
from collections.abc import Iterable, Mapping

from devstack.dataverse.schema.table import AlternateKey, Column, Kind, Table
from devstack.dataverse.values import Choice

STATES = {0: "Actief", 1: "Inactief"}
STATUSES = {1: "Actief", 2: "Inactief"}
STATUSES_OF_STATE = {0: (1,), 1: (2,)}
YES_NO = {1: "Ja", 0: "Nee"}
DEFAULT_ONLY = {1: "Standaardwaarde"}


def text(name: str, label: str, length: int = 100, *, required: bool = False) -> Column:
    """Describe a line of text."""
    return Column(name, Kind.STRING, label, length=length, required=required)


def memo(name: str, label: str, length: int = 2000) -> Column:
    """Describe a text of several lines."""
    return Column(name, Kind.MEMO, label, length=length)


def number(name: str, label: str, default: int | None = None) -> Column:
    """Describe a whole number."""
    return Column(name, Kind.INTEGER, label, default=default)


def money(name: str, label: str) -> Column:
    """Describe an amount."""
    return Column(name, Kind.MONEY, label)


def flag(
    name: str, label: str, *, default: bool = False, options: Mapping[int, str] | None = None
) -> Column:
    """Describe a yes or no."""
    return Column(name, Kind.BOOLEAN, label, default=default, options=options or YES_NO)


def moment(name: str, label: str) -> Column:
    """Describe a date with a time."""
    return Column(name, Kind.DATETIME, label)


def day(name: str, label: str) -> Column:
    """Describe a date without a time."""
    return Column(name, Kind.DATE, label)


def choice(name: str, label: str, options: Mapping[int, str], default: int | None = None) -> Column:
    """Describe a choice; its numbers are its values."""
    value = None if default is None else Choice(default)

    return Column(name, Kind.CHOICE, label, options=options, default=value)


def lookup(
    name: str, label: str, target: str, navigation: str = "", *, required: bool = False
) -> Column:
    """Describe a reference to one table; the bind name of a custom one is its schema name."""
    bind = navigation or name

    return Column(
        name,
        Kind.LOOKUP,
        label,
        targets=(target,),
        navigation={bind: target},
        required=required,
        schema_name=bind,
    )


def customer(name: str, label: str) -> Column:
    """Describe a reference to an account or a contact."""
    targets = ("account", "contact")

    return Column(
        name,
        Kind.CUSTOMER,
        label,
        targets=targets,
        navigation={f"{name}_{target}": target for target in targets},
    )


def read_only(column: Column) -> Column:
    """Make a column one that only the platform fills."""
    return dataclasses.replace(column, creatable=False, updatable=False)


def once(column: Column) -> Column:
    """Make a column one that is given at creation and never changes."""
    return dataclasses.replace(column, updatable=False)


def states(
    label: str,
    options: Mapping[int, str] = STATES,
    statuses: Mapping[int, str] = STATUSES,
) -> tuple[Column, Column]:
    """Describe the pair of state and status reason."""
    return (
        Column("statecode", Kind.STATE, label, options=options, default=Choice(min(options))),
        Column(
            "statuscode",
            Kind.STATUS,
            "Statusreden",
            options=statuses,
            default=Choice(min(statuses)),
        ),
    )


def platform_columns() -> tuple[Column, ...]:
    """Return the columns that every table gets from the platform."""
    return (
        read_only(moment("createdon", "Gemaakt op")),
        read_only(lookup("createdby", "Gemaakt door", "systemuser")),
        read_only(moment("modifiedon", "Gewijzigd op")),
        read_only(lookup("modifiedby", "Gewijzigd door", "systemuser")),
        read_only(lookup("modifiedonbehalfby", "Gewijzigd namens", "systemuser")),
        read_only(Column("versionnumber", Kind.BIGINT, "Versienummer")),
        once(moment("overriddencreatedon", "Record gemaakt op")),
        number("importsequencenumber", "Volgnummer van importeren"),
    )


def owner_columns() -> tuple[Column, ...]:
    """Return the columns of a table whose rows have an owner."""
    return (
        Column(
            "ownerid",
            Kind.OWNER,
            "Eigenaar",
            targets=("systemuser", "team"),
            navigation={"ownerid": ""},
        ),
        read_only(lookup("owningbusinessunit", "Business unit", "businessunit")),
        read_only(lookup("owninguser", "Eigenaar (gebruiker)", "systemuser")),
        read_only(lookup("owningteam", "Eigenaar (team)", "team")),
    )


def table(  # noqa: PLR0913 -- a table is described by this much
    name: str,
    set_name: str,
    label: str,
    columns: Iterable[Column],
    *,
    primary_name: str | None = "name",
    owned: bool = False,
    keys: tuple[AlternateKey, ...] = (),
    indexed: frozenset[str] = frozenset(),
    cascades: frozenset[str] = frozenset(),
    statuses: Mapping[int, tuple[int, ...]] = STATUSES_OF_STATE,
    type_code: int = 0,
    schema_name: str = "",
) -> Table:
    """Put a table together with what the platform adds to it."""
    primary_id = f"{name}id"
    everything = (
        once(Column(primary_id, Kind.GUID, label)),
        *columns,
        *platform_columns(),
        *(owner_columns() if owned else ()),
    )

    return Table(
        name=name,
        set_name=set_name,
        label=label,
        primary_id=primary_id,
        primary_name=primary_name,
        columns={column.name: column for column in everything},
        keys=keys,
        indexed=indexed | cascades,
        cascades=cascades,
        schema_name=schema_name or name.capitalize(),
        type_code=type_code,
        owned=owned,
        statuses=statuses,
    )
