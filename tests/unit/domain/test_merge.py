"""Who wins when Spotler and the CRM differ; and that it is the newer one, always."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.agreement import is_unsent
from connector.domain.contact import ColumnValue, ExternalId, Fingerprint, Record, Table
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.mapping_plan import plan_mappings
from connector.domain.merge import Merge, Why, make_new, merge
from connector.domain.spotler_contact import SpotlerContact
from connector.domain.sync_state import SyncState, SyncStatus
from connector.domain.way_back import find_ways_back
from tests.builders import NOW, a_contact_key, an_id
from tests.spotler_people import a_spotler_contact
from tests.unit.domain.test_mapping_plan import CATALOGUE
from tests.unit.domain.test_way_back import COLUMNS

PLAN = plan_mappings(DEFAULT_MAPPINGS, CATALOGUE)
WAYS = find_ways_back(PLAN.steps[Table.CONTACT], COLUMNS)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)

TEXTS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["Jan", "06-18596225", "+31 6 18596225", "079-3632921", "2719 EK", "2719ek"]),
    st.sampled_from(["jan@example.nl", "Jan@Example.NL", "1968-03-01", "M", "F", "+32 470 123456"]),
)
MOMENTS = st.one_of(
    st.none(),
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants it naive
)
ROWS = st.builds(
    lambda columns, gender, moment: Record(
        a_contact_key(1), 7, columns | {"gendercode": gender}, modified_on=moment
    ),
    st.fixed_dictionaries({way.column: TEXTS for way in WAYS if way.column != "gendercode"}),
    st.sampled_from([None, 1, 2, 3]),
    MOMENTS,
)
PEOPLE = st.builds(
    lambda said, moment: replace(
        a_spotler_contact(last_changed=moment), properties={k: v for k, v in said.items() if v}
    ),
    st.fixed_dictionaries({way.step.property: TEXTS for way in WAYS}),
    MOMENTS,
)


def a_row(moment: datetime | None = EARLIER, **columns: ColumnValue) -> Record:
    return Record(a_contact_key(1), 7, columns, modified_on=moment)


def after(row: Record, columns: Mapping[str, ColumnValue]) -> Record:
    return replace(row, columns={**row.columns, **columns})


@given(row=ROWS, contact=PEOPLE)
def test_newer_row_is_never_overwritten(row: Record, contact: SpotlerContact) -> None:
    """
    A row that changed later than the person in Spotler keeps every value.
    """
    decided = merge(contact, row, WAYS)

    if not row.modified_on or not contact.last_changed or row.modified_on > contact.last_changed:
        assert not decided.writes
        assert decided.columns == {}


def fingerprint_of(row: Record) -> Fingerprint | None:
    mapped = PLAN.map(row, ExternalId(row.key.id)).contact

    return mapped.fingerprint if mapped else None


@given(sent=ROWS, row=ROWS, contact=PEOPLE, status=st.sampled_from(SyncStatus))
def test_change_after_the_last_send_is_never_overwritten(
    sent: Record, row: Record, contact: SpotlerContact, status: SyncStatus
) -> None:
    """
    A row that says since it was last sent what Spotler was not told keeps every value.
    """
    known = SyncState(row.key, fingerprint=fingerprint_of(sent), version=6, status=status)

    unsent = is_unsent(known, row, fingerprint_of(row), WAYS)
    decided = merge(contact, row, WAYS, unsent=unsent)

    if fingerprint_of(row) != fingerprint_of(sent) or known.fingerprint is None:
        assert unsent
        assert decided.columns == {}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({}, False, id="never synced"),
        pytest.param(
            {"status": SyncStatus.IN_SYNC, "fingerprint": "sent", "version": 6}, True, id="newer"
        ),
        pytest.param(
            {"status": SyncStatus.IN_SYNC, "fingerprint": "now", "version": 6},
            False,
            id="another column",
        ),
        pytest.param(
            {"status": SyncStatus.IN_SYNC, "fingerprint": "sent", "version": 7},
            False,
            id="other mappings",
        ),
        pytest.param(
            {"status": SyncStatus.IN_SYNC, "version": 7}, True, id="what was sent is unknown"
        ),
        pytest.param(
            {"status": SyncStatus.FAILING, "fingerprint": "now", "version": 7},
            True,
            id="not accepted",
        ),
        pytest.param({"status": SyncStatus.EXCLUDED, "version": 7}, True, id="excluded"),
    ],
)
def test_unsent_is_what_spotler_was_not_told(known: dict[str, Any], expected: bool) -> None:
    """
    A row is unsent when it was synced once and nobody knows that Spotler has got what it says.
    """
    state = replace(SyncState(a_contact_key(1)), **known)

    assert is_unsent(state, a_row(), Fingerprint("now"), WAYS) is expected


def test_row_without_an_address_now_is_unsent() -> None:
    """
    A row that was sent and cannot be sent any more says something new.
    """
    known = SyncState(
        a_contact_key(1), fingerprint=Fingerprint("sent"), version=7, status=SyncStatus.EXCLUDED
    )

    assert is_unsent(known, a_row(), None, WAYS)


@given(row=ROWS, contact=PEOPLE)
def test_nothing_is_emptied(row: Record, contact: SpotlerContact) -> None:
    """
    Only values that Spotler says are written, and never an empty one.
    """
    decided = merge(contact, row, WAYS)

    assert None not in decided.columns.values()
    assert "" not in decided.columns.values()
    said = {way.column for way in WAYS if way.step.property in contact.properties}
    assert decided.columns.keys() <= said


@given(row=ROWS, contact=PEOPLE)
def test_second_time_changes_nothing(row: Record, contact: SpotlerContact) -> None:
    """
    What was written once is equal, whichever side counts as newer.
    """
    once = merge(contact, replace(row, modified_on=datetime(2000, 1, 1, tzinfo=UTC)), WAYS)
    written = after(row, once.columns) if once.writes else row

    again = merge(contact, written, WAYS)

    if once.writes:
        assert (again.columns, again.excluded) == ({}, None)


@given(contact=PEOPLE)
def test_new_row_is_equal(contact: SpotlerContact) -> None:
    """
    A row that was made of a person does not differ from them.
    """
    made = make_new(contact, an_id(1), WAYS)
    row = Record(a_contact_key(1), 1, made.columns, modified_on=LATER)

    assert merge(contact, row, WAYS) == Merge(contact, row.key.id, row)


@pytest.mark.parametrize(
    ("row_at", "contact_at", "expected"),
    [
        pytest.param(EARLIER, NOW, None, id="spotler is newer"),
        pytest.param(LATER, NOW, Why.NEWER_IN_DYNAMICS, id="the CRM is newer"),
        pytest.param(NOW, NOW, Why.NEWER_IN_DYNAMICS, id="the same second"),
        pytest.param(None, NOW, Why.NEWER_IN_DYNAMICS, id="the row's moment is unknown"),
        pytest.param(EARLIER, None, Why.NEWER_IN_DYNAMICS, id="the person's moment is unknown"),
    ],
)
def test_newer_side_wins(
    row_at: datetime | None, contact_at: datetime | None, expected: Why | None
) -> None:
    """
    A row is written over only when it is older for certain.
    """
    contact = a_spotler_contact(last_changed=contact_at, firstName="Piet")

    decided = merge(contact, a_row(row_at, firstname="Jan"), WAYS)

    assert decided.excluded is expected
    assert decided.writes is (expected is None)
    assert decided.creates is False


def test_equal_row_is_in_sync_whoever_is_newer() -> None:
    """
    A row without a difference is no matter of newer or older.
    """
    contact = a_spotler_contact(email="jan@example.nl", firstName=None)

    decided = merge(contact, a_row(LATER, emailaddress1="Jan@example.nl", firstname="Jan"), WAYS)

    assert (decided.excluded, decided.writes) == (None, False)
