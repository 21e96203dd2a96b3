"""Tables, columns and alternate keys as the metadata describes them."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping

from devstack.dataverse.values import Value


class Kind(enum.Enum):
    """The type of a column; the value is the name that the metadata gives it."""

    STRING = "String"
    MEMO = "Memo"
    INTEGER = "Integer"
    BIGINT = "BigInt"
    DECIMAL = "Decimal"
    DOUBLE = "Double"
    MONEY = "Money"
    BOOLEAN = "Boolean"
    DATETIME = "DateTime"
    DATE = "DateOnly"
    CHOICE = "Picklist"
    STATE = "State"
    STATUS = "Status"
    LOOKUP = "Lookup"
    CUSTOMER = "Customer"
    OWNER = "Owner"
    GUID = "Uniqueidentifier"
    ENTITY_NAME = "EntityName"


TEXTS = frozenset({Kind.STRING, Kind.MEMO, Kind.ENTITY_NAME})
CHOICES = frozenset({Kind.CHOICE, Kind.STATE, Kind.STATUS})
LOOKUPS = frozenset({Kind.LOOKUP, Kind.CUSTOMER, Kind.OWNER})


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column; `navigation` maps the name used in a bind to the table that it leads to.

    `made_on` is None of a column that was there from the beginning.

    The last five fields say how the application user sees a secured column, and are set only in
    the tables as it sees them; `guarded` refuses a filter on what is hidden.
    """

    name: str
    kind: Kind
    label: str
    length: int | None = None
    options: Mapping[int, str] = dataclasses.field(default_factory=dict)
    targets: tuple[str, ...] = ()
    navigation: Mapping[str, str] = dataclasses.field(default_factory=dict)
    default: Value = None
    creatable: bool = True
    updatable: bool = True
    readable: bool = True
    required: bool = False
    schema_name: str = ""
    behaviour: str = ""
    made_on: dt.datetime | None = None
    secured: bool = False
    hidden: bool = False
    guarded: bool = False
    unwritable: bool = False
    mask: str | None = None

    @property
    def json_name(self) -> str:
        """Return the name of the column in the Web API."""
        return f"_{self.name}_value" if self.kind in LOOKUPS else self.name


@dataclasses.dataclass(frozen=True, slots=True)
class AlternateKey:
    """Columns that together name a row; usable once its index is active."""

    name: str
    columns: tuple[str, ...]


@dataclasses.dataclass(slots=True)
class Table:
    """One table with its columns by logical name; `indexed` lookups are found without a scan.

    A row goes when the row goes that one of its lookups in `cascades` leads to.
    """

    name: str
    set_name: str
    label: str
    primary_id: str
    primary_name: str | None
    columns: dict[str, Column]
    keys: tuple[AlternateKey, ...] = ()
    indexed: frozenset[str] = frozenset()
    cascades: frozenset[str] = frozenset()
    schema_name: str = ""
    type_code: int = 0
    owned: bool = True
    statuses: Mapping[int, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    navigation: dict[str, tuple[Column, str]] = dataclasses.field(init=False)
    by_json: dict[str, Column] = dataclasses.field(init=False)
    defaults: dict[str, Value] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        """Index the columns by the names that requests use."""
        self.index()

    def index(self) -> None:
        """Index the columns again after one was added."""
        self.defaults = {
            column.name: column.default
            for column in self.columns.values()
            if column.default is not None
        }
        self.by_json = {column.json_name: column for column in self.columns.values()}
        self.navigation = {
            name: (column, target)
            for column in self.columns.values()
            for name, target in column.navigation.items()
        }
