"""An empty column may be one that we may not read: only then is nothing known of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connector.application.doubt_empty import doubt_empty
from connector.domain.contact import Record, RecordKey, Table
from connector.domain.converters.unusable import Note
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.identity import own_external_id
from connector.domain.mapping_plan import plan_mappings
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import SyncState
from tests.builders import NOW, a_catalogue, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeCrm

PLAN = plan_mappings(DEFAULT_MAPPINGS, a_catalogue())
CONTACT, LEAD = a_contact_key(1), a_lead_key(2)
SENT = frozenset({"firstName=firstname"})


def a_snapshot(
    *rows: Record, filled: frozenset[str] = SENT, sent_at: datetime | None = NOW
) -> Snapshot:
    """Return what was read of people of whom we filled some fields before."""
    states = {
        row.key: SyncState(row.key, external_id=own_external_id(row.key), filled=filled)
        for row in rows
    }
    sent = {key: replace(state, filled_at=sent_at) for key, state in states.items()}

    return Snapshot({}, sent, {row.key: row for row in rows}, {})


async def doubted(crm: FakeCrm, *rows: Record, filled: frozenset[str] = SENT) -> list[Record]:
    """Return the rows of contacts of which we filled some fields before."""
    found = await doubt_empty(a_snapshot(*rows, filled=filled), PLAN, crm=crm)

    return [*found.rows.values()]


@pytest.mark.parametrize("key", [CONTACT, LEAD], ids=["contact", "lead"])
async def test_secured_column_is_unknown(key: RecordKey) -> None:
    """
    A column that we filled a field from, and may not read now, is unknown and not empty.
    """
    crm = FakeCrm()
    crm.secured = {(key.table, "firstname")}

    [row] = await doubted(crm, a_person(key, firstname=None))

    assert row.unknown == {"firstname": Note.UNREADABLE}


async def test_readable_column_is_empty() -> None:
    """
    A column that we may read, in whatever other table we may not, is as empty as it looks.
    """
    crm = FakeCrm()
    crm.secured = {(Table.LEAD, "firstname")}

    [row] = await doubted(crm, a_person(CONTACT, firstname=None))

    assert row.unknown == {}


async def test_row_with_a_value_is_believed() -> None:
    """
    Of two rows the one that shows a value keeps it, also where the other one is doubted.
    """
    crm = FakeCrm()
    crm.secured = {(Table.CONTACT, "firstname")}

    empty, full = await doubted(crm, a_person(CONTACT, firstname=None), a_person(a_contact_key(3)))

    assert empty.unknown == {"firstname": Note.UNREADABLE}
    assert full.unknown == {}


async def test_refusal_to_tell_is_doubt() -> None:
    """
    Where the CRM does not tell what we may read, nothing empty is believed.
    """
    crm = FakeCrm()
    crm.errors = [ConfigurationError("the privilege prvReadAttribute must be given")]

    [row] = await doubted(crm, a_person(CONTACT, email=None, firstname=None))

    assert row.unknown == {"emailaddress1": Note.UNREADABLE, "firstname": Note.UNREADABLE}


async def test_outage_is_no_answer() -> None:
    """
    While the CRM is not there nothing is decided.
    """
    crm = FakeCrm()
    crm.errors = [TransientError("the CRM must be reachable")]

    with pytest.raises(TransientError):
        await doubted(crm, a_person(CONTACT, firstname=None))


async def test_what_has_no_consequence_is_not_asked() -> None:
    """
    An empty column from which we never filled anything costs no question.
    """
    crm = FakeCrm()
    crm.errors = [TransientError("the CRM must not be asked")]

    [row] = await doubted(crm, a_person(CONTACT, firstname=None), filled=frozenset())

    assert row.unknown == {}


async def test_page_that_shows_an_address_is_believed() -> None:
    """
    Where one row of a page shows an address, none is doubted that was read with it.
    """
    crm = FakeCrm()
    crm.secured = {(Table.CONTACT, "emailaddress1")}
    empty, full = a_person(CONTACT, email=None), a_person(a_contact_key(3))
    page = {row.key: row for row in (empty, full)}
    read, later = a_snapshot(empty, full), a_snapshot(replace(empty, version=2), full)

    believed = await doubt_empty(read, PLAN, crm=crm, page=page)
    doubtful = await doubt_empty(later, PLAN, crm=crm, page=page)

    assert believed.rows[CONTACT].unknown == {}
    assert doubtful.rows[CONTACT].unknown == {"emailaddress1": Note.UNREADABLE}


async def test_page_that_shows_a_value_clears_none() -> None:
    """
    A value is cleared only when the CRM was asked, whatever other rows of its page show.
    """
    crm = FakeCrm()
    crm.secured = {(Table.CONTACT, "firstname")}
    rows = a_person(CONTACT, firstname=None), a_person(a_contact_key(3))
    page = {row.key: row for row in rows}

    found = await doubt_empty(a_snapshot(*rows), PLAN, crm=crm, page=page)

    assert found.rows[CONTACT].unknown == {"firstname": Note.UNREADABLE}


@pytest.mark.parametrize(
    ("made_after", "sent_at", "outdated"),
    [
        pytest.param(timedelta(hours=1), NOW, SENT, id="after"),
        pytest.param(timedelta(minutes=-1), NOW, SENT, id="about then"),
        pytest.param(timedelta(hours=-1), NOW, frozenset(), id="before"),
        pytest.param(timedelta(hours=1), None, frozenset(), id="nobody knows"),
    ],
)
async def test_column_that_was_made_anew(
    made_after: timedelta, sent_at: datetime | None, outdated: frozenset[str]
) -> None:
    """
    What was filled from a column that was made anew since was not emptied by anybody.
    """
    crm = FakeCrm()
    crm.made_at = {(Table.CONTACT, "firstname"): NOW + made_after}
    row = a_person(CONTACT, firstname=None)
    read = a_snapshot(row, sent_at=sent_at)

    found = await doubt_empty(read, PLAN, crm=crm)

    told = replace(read, outdated=found.outdated)
    assert told.filled(CONTACT) == told.state(CONTACT).filled == SENT - outdated
