"""What we read of the metadata: tables, their columns, and what those are called."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import Field, JsonValue, ValidationError

from connector.adapters.dataverse.models import Answer
from connector.domain.crm_column import ColumnType, CrmColumn, is_column_name
from connector.domain.errors import TransientError

BASE_AMOUNT: Final = "_base"
"""Ends the name of the column in which the platform keeps an amount in the base currency."""

_TYPES: Final[Mapping[str, ColumnType]] = {
    "BigInt": ColumnType.OTHER,
    "Boolean": ColumnType.BOOLEAN,
    "Customer": ColumnType.LOOKUP,
    "DateTime": ColumnType.DATETIME,
    "Decimal": ColumnType.DECIMAL,
    "Double": ColumnType.DECIMAL,
    "Integer": ColumnType.INTEGER,
    "Lookup": ColumnType.LOOKUP,
    "Memo": ColumnType.MEMO,
    "Money": ColumnType.MONEY,
    "Owner": ColumnType.OWNER,
    "Picklist": ColumnType.CHOICE,
    "State": ColumnType.CHOICE,
    "Status": ColumnType.CHOICE,
    "String": ColumnType.TEXT,
    "Uniqueidentifier": ColumnType.OTHER,
}
"""Lists the types that hold a value of their own; what is new to us is not offered.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/attributetypecode
"""

_CHOICES: Final = "MultiSelectPicklistType"
"""Is the name of the type of choices, whose code says virtual."""

_DAY: Final = "DateOnly"
_ZONELESS: Final = "TimeZoneIndependent"


class LocalisedLabel(Answer):
    """Is a text in one language."""

    text: str = Field(alias="Label")
    language: int = Field(alias="LanguageCode")


class Label(Answer):
    """Is a text in the languages of the environment."""

    every: list[LocalisedLabel] = Field(alias="LocalizedLabels", default=[])
    own: LocalisedLabel | None = Field(alias="UserLocalizedLabel", default=None)


class TypeName(Answer):
    """Is the name of a type, which tells more than its code."""

    value: str | None = Field(alias="Value", default=None)


class Attribute(Answer):
    """A column; only one of type date has a format and a behaviour."""

    name: str = Field(alias="LogicalName")
    kind: str | None = Field(alias="AttributeType", default=None)
    type_name: TypeName | None = Field(alias="AttributeTypeName", default=None)
    display: Label | None = Field(alias="DisplayName", default=None)
    part_of: str | None = Field(alias="AttributeOf", default=None)
    is_readable: bool | None = Field(alias="IsValidForRead", default=None)
    is_secured: bool | None = Field(alias="IsSecured", default=None)
    metadata_id: str | None = Field(alias="MetadataId", default=None)
    created_on: JsonValue = Field(alias="CreatedOn", default=None)
    format: str | None = Field(alias="Format", default=None)
    behaviour: TypeName | None = Field(alias="DateTimeBehavior", default=None)

    def to_column(self) -> CrmColumn | None:
        """Return the column as the domain knows it, or None when it cannot be mapped."""
        type_ = self._type()
        if type_ is None or self.part_of or not self.is_readable:
            return None
        if not is_column_name(self.name):
            return None
        if type_ is ColumnType.MONEY and self.name.endswith(BASE_AMOUNT):
            return None

        display = self.display or Label()
        labels = {one.language: one.text for one in display.every if one.text}
        own = display.own.text if display.own else next(iter(labels.values()), "")

        return CrmColumn(self.name, own or self.name, type_, labels)

    @property
    def id(self) -> str:
        """Return by what privileges name the column."""
        return (self.metadata_id or "").lower()

    @property
    def made_at(self) -> datetime | None:
        """Return when the column was made; what is no moment tells nothing."""
        try:
            moment = datetime.fromisoformat(str(self.created_on))
        except ValueError:
            return None

        return moment.replace(tzinfo=moment.tzinfo or UTC)

    @property
    def is_day(self) -> bool:
        """Tell whether a date is shown without a time."""
        return self.format == _DAY

    @property
    def is_zoneless(self) -> bool:
        """Tell whether the zone of a moment means nothing: its digits are what people see."""
        return self.behaviour is not None and self.behaviour.value == _ZONELESS

    def _type(self) -> ColumnType | None:
        if self.type_name and self.type_name.value == _CHOICES:
            return ColumnType.CHOICES

        return _TYPES.get(self.kind or "")


class Entity(Answer):
    """Is a table with its columns."""

    attributes: list[Attribute] = Field(alias="Attributes")


class Entities(Answer):
    """Is the tables that were found."""

    value: list[Entity]


class Attributes(Answer):
    """Is the columns that were found."""

    value: list[Attribute]


def parse[Kind: Answer](kind: type[Kind], answer: Mapping[str, JsonValue]) -> Kind:
    """Return an answer in a shape of ours."""
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        raise TransientError("the CRM must answer with its metadata") from error
