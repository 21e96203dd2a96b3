"""Where a person of Spotler's is in the CRM: ids that follow from ids."""

import pytest

from connector.domain.contact import ExternalId, OrganisationId, Table
from connector.domain.spotler_contact import born_row, find_own_row, is_usable
from tests.builders import ORGANISATION, an_id

OTHER = OrganisationId(an_id(1))


def test_new_row_follows_from_the_person() -> None:
    """
    A person is made in one row only, and nobody else is, nor they in another organisation.
    """
    row = born_row(ORGANISATION, ExternalId("shop-1"))

    assert row == born_row(ORGANISATION, ExternalId("shop-1"))
    assert row.table is Table.CONTACT
    assert row.id not in {
        born_row(ORGANISATION, ExternalId("shop-2")).id,
        born_row(OTHER, ExternalId("shop-1")).id,
    }


@pytest.mark.parametrize(
    ("external_id", "row"),
    [
        pytest.param(an_id(1), an_id(1), id="an id"),
        pytest.param(an_id(1).upper(), an_id(1), id="in capitals"),
        pytest.param(f"{{{an_id(1)}}}", None, id="in braces"),
        pytest.param(an_id(1).replace("-", ""), None, id="without dashes"),
        pytest.param("shop-1", None, id="somebody else's"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_own_row_is_the_id_of_one(external_id: str, row: str | None) -> None:
    """
    An external id is a row's id only in the form in which we write ids, whatever the case.
    """
    assert find_own_row(ExternalId(external_id)) == row


@pytest.mark.parametrize(
    ("external_id", "usable"),
    [("shop-1", True), (".a", True), (".", False), ("...", False), ("", False)],
)
def test_id_of_dots_is_none(external_id: str, *, usable: bool) -> None:
    """
    Whoever has an id that makes another address of their own cannot be asked for, nor ended.
    """
    assert is_usable(ExternalId(external_id)) is usable
