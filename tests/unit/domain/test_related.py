import pytest

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping import Mapping, Target
from connector.domain.related import RelatedTable, columns_that_show, find_renamed

BRANCH = Mapping(
    Target("profile:Branch"),
    "new_branchid",
    "preferredsystemuserid",
    Converter.LOOKUP_NAME,
)


@pytest.mark.parametrize(
    ("table", "message", "columns", "found"),
    [
        pytest.param("account", "Update", {"name", "fax"}, "account", id="company"),
        pytest.param("account", "Update", {"fax"}, None, id="company as it was named"),
        pytest.param("account", "Update", None, "account", id="not told"),
        pytest.param("account", "Create", {"name"}, None, id="new company"),
        pytest.param("account", "Delete", None, None, id="deleted company"),
        pytest.param("systemuser", "Update", {"middlename"}, "systemuser", id="user"),
        pytest.param("team", "Update", {"name"}, "team", id="team"),
        pytest.param("contact", "Update", {"firstname"}, "contact", id="contact"),
        pytest.param("lead", "Update", {"lastname"}, None, id="lead"),
        pytest.param("lead", "Update", None, None, id="lead, not told"),
        pytest.param("task", "Update", None, None, id="another table"),
    ],
)
def test_rename_is_known_by_its_columns(
    table: str, message: str, columns: set[str] | None, found: str | None
) -> None:
    """
    A row may have another name when a column of the name was written, or when that is not told.
    """
    assert find_renamed(table, message, columns) == found


@pytest.mark.parametrize(
    ("related", "contacts", "leads"),
    [
        pytest.param(
            RelatedTable.ACCOUNT,
            ("new_branchid", "parentcustomerid"),
            ("preferredsystemuserid",),
            id="company",
        ),
        pytest.param(
            RelatedTable.CONTACT,
            ("masterid", "new_branchid", "parentcustomerid"),
            ("preferredsystemuserid",),
            id="contact",
        ),
        pytest.param(RelatedTable.LEAD, (), ("masterid",), id="lead"),
        pytest.param(
            RelatedTable.SYSTEMUSER,
            ("new_branchid", "ownerid", "parentcustomerid"),
            ("ownerid", "preferredsystemuserid"),
            id="user",
        ),
        pytest.param(
            RelatedTable.TEAM,
            ("new_branchid", "ownerid", "parentcustomerid"),
            ("ownerid", "preferredsystemuserid"),
            id="team",
        ),
    ],
)
def test_row_stands_in_mapped_lookups(
    related: RelatedTable, contacts: tuple[str, ...], leads: tuple[str, ...]
) -> None:
    """
    A row is looked for in every mapped lookup, and in owners only when it may own.

    Rows that were merged into a person are looked for among those of the same table.
    """
    mappings = (*DEFAULT_MAPPINGS, BRANCH)

    assert columns_that_show(related, table=Table.CONTACT, mappings=mappings) == contacts
    assert columns_that_show(related, table=Table.LEAD, mappings=mappings) == leads


def test_unmapped_table_shows_nothing() -> None:
    """
    Where no lookup is mapped nobody shows the row: a lead has its company as text.
    """
    found = columns_that_show(RelatedTable.ACCOUNT, table=Table.LEAD, mappings=DEFAULT_MAPPINGS)

    assert found == ()


def test_column_that_is_none_is_left() -> None:
    """
    A mapping that has no column for a table has no lookup there.
    """
    contacts_only = Mapping(BRANCH.target, "new_branchid", None, Converter.LOOKUP_NAME)

    assert columns_that_show(RelatedTable.TEAM, table=Table.LEAD, mappings=[contacts_only]) == ()
