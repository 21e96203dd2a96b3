"""Columns: which names can be, and which converters understand which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.converter import Converter
from connector.domain.crm_column import ColumnType, is_column_name
from tests.mappings import a_column

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize("type_", ColumnType)
def test_every_type_has_a_converter(type_: ColumnType) -> None:
    """
    A column of any type can be mapped; a constant is no way to read one.
    """
    converters = a_column("any", type_).converters

    assert converters
    assert Converter.CONSTANT not in converters


def test_label_is_in_the_language_asked_for() -> None:
    """
    A column is called as in a language where it has that, else as in the environment's own.
    """
    column = a_column("jobtitle", label="Job Title")

    assert column.label_in(1043) == "Kolom"
    assert column.label_in(1033) == column.label_in(None) == "Job Title"


@pytest.mark.parametrize("name", ["emailaddress1", "new_interests", "a", "a" * 128])
def test_real_names_can_be(name: str) -> None:
    """
    Names as the CRM makes them are names.
    """
    assert is_column_name(name)


@given(st.text(max_size=140))
def test_nothing_else_is_a_name(name: str) -> None:
    """
    What has any other letter than a name may have is none, so nothing can be smuggled in.
    """
    may_be = 0 < len(name) <= 128 and PLAIN.issuperset(name) and name[0].isalpha()

    assert is_column_name(name) == may_be
