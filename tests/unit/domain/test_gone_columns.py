"""Mapped columns that the CRM has no more are told by name."""

from dataclasses import replace

from connector.domain.contact import Table
from connector.domain.converters.unusable import Note
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.gone_columns import ColumnsMissingError, GoneColumn, find_gone
from connector.domain.mapping import Target
from connector.domain.mapping_set import DEFAULTS
from tests.mappings import FakeColumns

THERE = FakeColumns().tables
CITY = Target.named("city")
MOVED = replace(DEFAULTS[CITY], contact_column="new_city")


def test_all_there_is_nothing_gone() -> None:
    """
    What is there is not gone, and a constant is no column.
    """
    assert find_gone(DEFAULT_MAPPINGS, THERE) == ()


def test_gone_column_is_told() -> None:
    """
    A column that is gone is told with its table and what it fills, in words for an operator too.
    """
    gone = find_gone([*DEFAULT_MAPPINGS, MOVED], THERE)

    assert gone == (GoneColumn(CITY, Table.CONTACT, "new_city"),)
    assert "contact.new_city (name:city)" in str(ColumnsMissingError(gone))


def test_secured_column_is_told_with_what_to_do() -> None:
    """
    A column that is there and secured against our user is told beside one that is gone.
    """
    secured = [
        replace(one, is_readable=one.name != "address1_city") for one in THERE[Table.CONTACT]
    ]
    gone = find_gone([*DEFAULT_MAPPINGS, MOVED], {**THERE, Table.CONTACT: secured})

    assert {one.column: one.why for one in gone} == {
        "address1_city": Note.UNREADABLE,
        "new_city": Note.GONE,
    }
    said = str(ColumnsMissingError(gone))
    assert "must have the mapped columns contact.new_city" in said
    assert "read the secured columns contact.address1_city (name:city)" in said


def test_without_sales_leads_are_not_gone() -> None:
    """
    Where there is no table of leads its columns stop nothing.
    """
    assert find_gone(DEFAULT_MAPPINGS, {**THERE, Table.LEAD: ()}) == ()
