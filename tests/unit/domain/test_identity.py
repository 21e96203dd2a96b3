"""Which row carries a contact on: its lead, its heir, or the row that it was merged into."""

import pytest

from connector.domain.contact import ExternalId, RecordKey, Table
from connector.domain.identity import find_bearer, find_master, find_named_lead, without_lead
from tests.builders import a_contact_key, a_lead_key, a_person, an_id


@pytest.mark.parametrize("key", [a_contact_key(1), a_lead_key(1)], ids=["contact", "lead"])
def test_merged_row_has_a_master(key: RecordKey) -> None:
    """
    A row that was merged into another one of its table names that row.
    """
    assert find_master(a_person(key, masterid=an_id(2))) == RecordKey(key.table, an_id(2))


@pytest.mark.parametrize("master", [None, an_id(1), 7], ids=["none", "itself", "no id"])
def test_row_of_its_own_has_no_master(master: str | int | None) -> None:
    """
    A row stands for itself unless it names another one.
    """
    assert find_master(a_person(RecordKey(Table.CONTACT, an_id(1)), masterid=master)) is None


@pytest.mark.parametrize(
    ("external_id", "lead"),
    [
        pytest.param(an_id(7), a_lead_key(7), id="lead"),
        pytest.param(an_id(1), None, id="its own"),
        pytest.param("web-1", None, id="of the account"),
        pytest.param("jan@example.nl", None, id="address"),
        pytest.param(None, None, id="none"),
    ],
)
def test_lead_whose_id_is_carried(external_id: str | None, lead: RecordKey | None) -> None:
    """
    An external id names a lead when it is a row's id, and not the contact's own.
    """
    said = ExternalId(external_id) if external_id else None

    assert find_bearer(a_contact_key(1), said) == lead


def test_contact_without_its_lead() -> None:
    """
    A contact whose lead is deleted names none, and is the same in all else.
    """
    contact = a_person(a_contact_key(), version=3, originatingleadid=a_lead_key().id)

    left = without_lead(contact)

    assert find_named_lead(left) is None
    assert (left.version, left.value("firstname")) == (3, contact.value("firstname"))
