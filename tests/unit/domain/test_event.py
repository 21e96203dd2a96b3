from dataclasses import replace

import pytest

from connector.domain.contact import OrganisationId, Table
from connector.domain.event import Change, JobStep, RecordChanged, RelatedChanged
from connector.domain.related import RelatedKey, RelatedTable
from tests.builders import ORGANISATION, a_change, a_contact_key, a_rename, an_id

CHANGE = replace(a_change(a_contact_key(1)), operation="operation-1")
STEP = JobStep(ORGANISATION, "contacts_to_spotler-000001", 4)
RENAME = replace(a_rename(row=an_id(1)), operation="operation-1")
OTHER = OrganisationId(an_id(9))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(CHANGE, organisation=OTHER), id="organisation"),
        pytest.param(replace(CHANGE, operation="operation-2"), id="operation"),
        pytest.param(replace(CHANGE, step="step-2"), id="step"),
        pytest.param(replace(CHANGE, change=Change.DELETED), id="change"),
        pytest.param(replace(CHANGE, key=a_contact_key(2)), id="row"),
        pytest.param(replace(CHANGE, key=replace(CHANGE.key, table=Table.LEAD)), id="table"),
    ],
)
def test_other_change_has_another_id(other: RecordChanged) -> None:
    """
    The queue takes two changes for the same only when all that identifies them is the same.
    """
    assert other.message_id != CHANGE.message_id


def test_change_delivered_twice_is_known() -> None:
    """
    A notification that the CRM delivers twice has one id, whatever we know of its user's action.
    """
    twice = replace(CHANGE, correlation="correlation-of-another-delivery")

    assert twice.message_id == CHANGE.message_id


def test_change_sent_again_is_new() -> None:
    """
    A change that we send again is forced, and no duplicate; its attempts stay as they were.
    """
    again = replace(CHANGE, attempt=3).again()

    assert (again.forced, again.attempt, again.key) == (True, 3, CHANGE.key)
    assert len({CHANGE.message_id, again.message_id, CHANGE.again().message_id}) == 3


def test_retried_change_counts_the_attempt() -> None:
    """
    A change that a system could not take comes back forced, as new, and one attempt older.
    """
    retried = replace(CHANGE, attempt=3).retried()

    assert (retried.forced, retried.attempt) == (True, 4)
    assert retried.message_id != CHANGE.message_id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(STEP, organisation=OTHER), id="organisation"),
        pytest.param(replace(STEP, job="contacts_to_spotler-000002"), id="job"),
        pytest.param(replace(STEP, page=5), id="page"),
        pytest.param(replace(STEP, resumed=1), id="chain"),
        pytest.param(replace(STEP, attempt=1), id="attempt"),
    ],
)
def test_other_step_has_another_id(other: JobStep) -> None:
    """
    A step of another page, chain or attempt is no duplicate.
    """
    assert other.message_id != STEP.message_id


def test_forced_step_is_the_same() -> None:
    """
    A step asked for a second time is a duplicate of the first, forced or not.
    """
    assert replace(STEP, forced=True).message_id == STEP.message_id


def test_retried_step_keeps_its_place() -> None:
    """
    A step that comes back is one attempt older, and asks for the same page in the same way.
    """
    assert replace(STEP, resumed=2).retried() == replace(STEP, resumed=2, attempt=1)


def test_steps_are_correlated_by_job() -> None:
    """
    All steps of a job are found by the name of the job.
    """
    assert {STEP.correlation, replace(STEP, page=9, attempt=2).correlation} == {STEP.job}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(RENAME, organisation=OTHER), id="organisation"),
        pytest.param(replace(RENAME, operation="operation-2"), id="operation"),
        pytest.param(replace(RENAME, step="step-2"), id="step"),
        pytest.param(replace(RENAME, key=RelatedKey(RelatedTable.TEAM, an_id(1))), id="table"),
        pytest.param(replace(RENAME, key=RelatedKey(RelatedTable.ACCOUNT, an_id(2))), id="row"),
        pytest.param(RENAME.onwards(Table.CONTACT, "contacts?2"), id="page"),
        pytest.param(RENAME.again(), id="sent again"),
        pytest.param(RENAME.retried(), id="retried"),
    ],
)
def test_other_rename_has_another_id(other: RelatedChanged) -> None:
    """
    The queue takes two renames for the same only when it is the same page of the same one.
    """
    assert other.message_id != RENAME.message_id


def test_rename_is_no_change_of_a_person() -> None:
    """
    A contact that gets another name is told of twice, as a person and as what others show.
    """
    change = replace(a_change(a_contact_key(1)), operation="operation-1")
    rename = replace(RENAME, key=RelatedKey(RelatedTable.CONTACT, an_id(1)))

    assert change.message_id != rename.message_id


def test_pages_of_two_tables_are_apart() -> None:
    """
    The second page of the contacts is not the second page of the leads.
    """
    pages = {RENAME.onwards(table, "x?1").message_id for table in Table}

    assert len(pages) == 2


def test_rename_goes_on_untried() -> None:
    """
    The next page was not tried yet, however often this one was.
    """
    following = replace(RENAME, attempt=7).onwards(Table.LEAD, "leads?2").onwards(Table.LEAD, "x")

    assert (following.among, following.cursor, following.page) == (Table.LEAD, "x", 2)
    assert following.attempt == 0


def test_rename_sent_anew_begins_anew() -> None:
    """
    Who asks for a rename once more gets it from the first page, as never tried.
    """
    event = replace(RENAME.onwards(Table.LEAD, "leads?2"), attempt=21)

    anew = event.anew()

    assert anew == replace(RENAME, operation=anew.operation)
    assert anew.operation != RENAME.operation
    assert event.retried().attempt == 22
    assert event.retried().cursor == event.again().cursor == event.cursor


def test_pointer_tells_what_caused_it() -> None:
    """
    A pointer to a person is an ordinary change with the operation of the rename, and not forced.
    """
    key = a_contact_key(7)

    assert RENAME.point_to(key) == RecordChanged(
        organisation=ORGANISATION,
        key=key,
        change=Change.UPDATED,
        operation=RENAME.operation,
        step=RENAME.step,
        correlation=RENAME.correlation,
    )
