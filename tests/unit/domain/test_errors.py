"""Which system is at fault, and which table was read, as far as an error tells."""

from datetime import timedelta

import pytest

from connector.domain.connection import NotConnectedError, OtherOrganisationError
from connector.domain.contact import Table
from connector.domain.errors import (
    ConnectorError,
    RateLimitedError,
    System,
    TransientError,
    named,
    reading,
    system_of,
)


def test_first_name_stays() -> None:
    """
    Who is nearest to a failure names the system.
    """
    with pytest.raises(TransientError) as caught, named(System.SPOTLER), named(System.TABLES):
        raise TransientError("away")

    assert system_of(caught.value) is System.TABLES


def test_cause_names_it_too() -> None:
    """
    An error that names none has the system of what it came from, if that has one.
    """
    cause = TransientError("away")
    cause.system = System.DATAVERSE
    error = ConnectorError("must work")
    before = system_of(error)
    error.__cause__ = cause

    assert (before, system_of(error)) == (None, System.DATAVERSE)


@pytest.mark.parametrize(
    ("error", "system"),
    [(OtherOrganisationError(), System.DATAVERSE), (NotConnectedError(), System.SPOTLER)],
    ids=["organisation", "connection"],
)
def test_some_are_of_one_system(error: ConnectorError, system: System) -> None:
    """
    What only one system can bring about names it by itself.
    """
    assert system_of(error) is system


def test_table_that_is_read_is_named() -> None:
    """
    What fails while one table is read may be about that one alone; a limit never is.
    """
    with pytest.raises(TransientError) as late, reading(Table.LEAD):
        raise TransientError("away")
    with pytest.raises(RateLimitedError) as limited, reading(Table.LEAD):
        raise RateLimitedError("slow down", retry_after=timedelta(seconds=1))

    assert (late.value.table, limited.value.table) == (Table.LEAD, None)
