"""What is told of columns, and of what the mappings make of real people."""

from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import Field

from connector.adapters.manage_api.shape import Shape
from connector.application.show_mappings import Examples
from connector.domain.contact import PropertyValue, Table
from connector.domain.converter import Converter
from connector.domain.crm_column import ColumnType, CrmColumn

HIGHEST_LCID: Final = 2**20 - 1
"""Windows gives a language 20 bits.

https://learn.microsoft.com/openspecs/windows_protocols/ms-lcid
"""


class AskColumns(Shape):
    """Asks for the columns of a table, called as in a language (1043 Dutch, 1033 English)."""

    table: Table
    lcid: Annotated[int, Field(gt=0, le=HIGHEST_LCID)] | None = None


class ColumnView(Shape):
    """Is a column that can be mapped; the usual converter comes first."""

    name: str
    label: str
    type: ColumnType
    converters: list[Converter]


class ColumnList(Shape):
    """Is the columns of a table; a table that is not there has none."""

    columns: list[ColumnView]

    @classmethod
    def of(cls, columns: Sequence[CrmColumn], language: int | None) -> Self:
        """Return how columns are shown."""
        return cls(
            columns=[
                ColumnView(
                    name=one.name,
                    label=one.label_in(language),
                    type=one.type,
                    converters=list(one.converters),
                )
                for one in columns
            ]
        )


class ExampleView(Shape):
    """Is what a mapping makes of one contact and of one lead."""

    target: str
    contact: str | None
    lead: str | None


class ExampleList(Shape):
    """Is what the mappings make of the people who were added last."""

    examples: list[ExampleView]
    contact_id: str | None
    lead_id: str | None

    def audit_names(self) -> Sequence[str]:
        """Return whose values were shown."""
        people = {Table.CONTACT: self.contact_id, Table.LEAD: self.lead_id}

        return [f"{table}/{id_}" for table, id_ in people.items() if id_]

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """Return how examples are shown."""
        return cls(
            examples=[
                ExampleView(
                    target=target.key,
                    contact=_said(values.get(Table.CONTACT)),
                    lead=_said(values.get(Table.LEAD)),
                )
                for target, values in examples.values.items()
            ],
            contact_id=examples.people.get(Table.CONTACT),
            lead_id=examples.people.get(Table.LEAD),
        )


def _said(value: PropertyValue) -> str | None:
    return None if value is None else str(value)
