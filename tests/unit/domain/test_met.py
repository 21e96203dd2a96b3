"""What a batch met says of the parts of the systems, and of no other part."""

from datetime import timedelta

import pytest

from connector.domain.contact import OPTED_OUT, Rejection
from connector.domain.errors import ConfigurationError, ConnectorError, System, TransientError
from connector.domain.failure import FailureKind
from connector.domain.met import MOST, Met, RefusedRow
from connector.domain.outcome import Outcome
from tests.builders import NOW, a_contact_key

NOT_NOW = Rejection("ERROR", is_transient=True)
BY_CODE = Rejection("PROPERTY_INVALID")
READ = {None, System.TABLES}
TAKEN = {System.SPOTLER_LISTS, System.SPOTLER_INTAKE, System.VAULT}
MIXED = (System.SPOTLER, System.DATAVERSE)


def of(part: System | None, error: type[ConnectorError] = TransientError) -> ConnectorError:
    """Return an error that names its part."""
    made = error("must work")
    made.system = part

    return made


def test_nothing_met_says_nothing() -> None:
    """
    A batch that only comes back proves nothing.
    """
    met = Met(outcomes=[Outcome.RETRIED, Outcome.RACED])

    assert (met.to_failures(NOW), met.to_moments(NOW)) == ({}, {})


@pytest.mark.parametrize(
    ("outcome", "answered", "parts"),
    [
        (Outcome.SENT, (), TAKEN | READ),
        (Outcome.WITHDRAWN, (), READ),
        (Outcome.SKIPPED, (), READ),
        (Outcome.EXCLUDED, (), READ),
        (Outcome.EXCLUDED, (System.RECORDS,), READ | {System.RECORDS}),
        (Outcome.SKIPPED, (System.DATAVERSE,), READ | {System.DATAVERSE}),
        (Outcome.SKIPPED, MIXED, READ | {*MIXED, System.VAULT}),
        (Outcome.RETRIED, MIXED, {*MIXED, System.VAULT}),
        (Outcome.FOLLOWED, (), READ),
        (Outcome.RETRIED, (System.METADATA, System.ROWS), {System.METADATA, System.ROWS}),
        (Outcome.RETRIED, (System.PARKED,), {System.PARKED}),
        (Outcome.PARKED, (), {System.PARKING}),
        (Outcome.HELD, (), {System.PARKING}),
        (Outcome.FAILED, (), READ | {System.PARKING}),
        (Outcome.RETRIED, (System.LEADS, System.CONTACTS), {System.LEADS, System.CONTACTS}),
        (Outcome.RETRIED, (System.SPOTLER_LISTS,), {System.SPOTLER_LISTS, System.VAULT}),
    ],
)
def test_part_is_proven_by_itself(
    outcome: Outcome, answered: tuple[System, ...], parts: set[System | None]
) -> None:
    """
    What a batch proves are the parts that it went through; a list that is answered took nobody yet.
    """
    assert Met(outcomes=[outcome], answered=answered).to_moments(NOW) == dict.fromkeys(parts, NOW)


@pytest.mark.parametrize("part", [System.LEADS, System.SPOTLER_SEARCH, System.TABLES, None])
def test_part_that_failed_is_not_proven(part: System | None) -> None:
    """
    A part that answered first and failed in the end fails; the others are proven all the same.
    """
    answered = [System.LEADS, System.SPOTLER_SEARCH]
    met = Met(outcomes=[Outcome.SENT], causes=[of(part)], answered=answered)

    assert {*met.to_failures(NOW)} == {part}
    assert part not in met.to_moments(NOW)
    assert System.SPOTLER_LISTS in met.to_moments(NOW)


@pytest.mark.parametrize(
    ("part", "outcome"),
    [
        (System.SPOTLER_LISTS, Outcome.SENT),
        (System.SPOTLER_WITHDRAWALS, Outcome.WITHDRAWN),
        (System.SPOTLER_ANONYMISING, Outcome.WITHDRAWN),
    ],
)
def test_part_that_works_for_some_is_well(part: System, outcome: Outcome) -> None:
    """
    Where Spotler takes some people and breaks on others, it is they who are told, one by one.
    """
    met = Met(outcomes=[outcome, Outcome.RETRIED], causes=[of(part)], answered=[part])

    assert met.to_failures(NOW) == {}
    assert part in met.to_moments(NOW)


def test_each_cause_fails_its_part() -> None:
    """
    Of several causes each fails its own part, in its own way.
    """
    causes = [of(System.LEADS, ConfigurationError), of(System.SPOTLER_WITHDRAWALS)]

    found = Met(outcomes=[Outcome.SENT], causes=causes).to_failures(NOW)

    assert {part: one.kind for part, one in found.items()} == {
        System.LEADS: FailureKind.REFUSED,
        System.SPOTLER_WITHDRAWALS: FailureKind.UNREACHABLE,
    }
    assert all(one.since == one.at == NOW for one in found.values())


@pytest.mark.parametrize(
    ("refused", "outcomes", "is_told"),
    [
        ([NOT_NOW] * 5, [Outcome.RETRIED] * 5, True),
        ([BY_CODE] * 5, [Outcome.FAILED] * 5, True),
        ([NOT_NOW, Rejection("BUSY", is_transient=True)] * 3, [Outcome.RETRIED] * 6, True),
        ([NOT_NOW] * 5, [Outcome.RETRIED] * 5 + [Outcome.WITHDRAWN], True),
        ([NOT_NOW] * 4, [Outcome.RETRIED] * 4, False),
        ([NOT_NOW] * 5, [Outcome.RETRIED] * 5 + [Outcome.SENT], False),
        ([BY_CODE, Rejection("OTHER")] * 4, [Outcome.FAILED] * 8, False),
        ([BY_CODE, NOT_NOW] * 4, [Outcome.FAILED] * 8, False),
        ([BY_CODE, *[NOT_NOW] * 5], [Outcome.FAILED] * 6, True),
        ([Rejection(OPTED_OUT)] * 9, [Outcome.EXCLUDED] * 9, False),
        ([], [Outcome.RETRIED], False),
    ],
    ids=[
        *("for now", "with one code", "for now, whatever", "beside a deletion", "a few"),
        *("one taken", "with two codes", "both", "one by itself", "left by themselves", "none"),
    ],
)
def test_everybody_refused_is_the_system(
    refused: list[Rejection], outcomes: list[Outcome], *, is_told: bool
) -> None:
    """
    When more than a few are refused and nobody is taken it is Spotler that does not take them.
    """
    people = {a_contact_key(number): one for number, one in enumerate(refused)}

    assert RefusedRow().note(people, NOW if Outcome.SENT in outcomes else None, NOW) is is_told


def test_row_goes_on_from_batch_to_batch() -> None:
    """
    People who come one by one count as those of one batch, each once, until somebody is taken.
    """
    row = RefusedRow()
    one_by_one = [row.note({a_contact_key(n % 5): NOT_NOW}, None, NOW) for n in range(8)]

    assert one_by_one == [False] * 4 + [True] * 4
    assert not row.note({}, None, NOW)
    assert not row.note({}, NOW, NOW)
    assert not row.note({a_contact_key(7): NOT_NOW}, NOW, NOW)


def test_row_ends_with_who_is_taken_elsewhere() -> None:
    """
    Whom an initial sync brings to Spotler ends the row too, for those who were refused before.
    """
    row, minute = RefusedRow(), timedelta(minutes=1)
    row.note({a_contact_key(n): NOT_NOW for n in range(5)}, None, NOW)

    assert not row.note({a_contact_key(7): NOT_NOW}, NOW + minute, NOW + 2 * minute)
    later = {a_contact_key(n): NOT_NOW for n in range(4)}
    assert row.note(later, NOW + minute, NOW + 3 * minute)


def test_row_of_a_day_is_no_row() -> None:
    """
    Who was refused hours ago says nothing of Spotler now.
    """
    row, hour = RefusedRow(), timedelta(hours=1)
    one_by_one = [
        row.note({a_contact_key(n): BY_CODE}, None, NOW + 1.1 * n * hour) for n in range(9)
    ]

    assert not any(one_by_one)


def test_row_does_not_grow_for_ever() -> None:
    """
    Of very many the last ones are known.
    """
    row = RefusedRow()
    row.note({a_contact_key(n): NOT_NOW for n in range(MOST + 5)}, None, NOW)

    assert len(row.people) == MOST
    assert a_contact_key(MOST + 4) in row.people


def test_refusing_all_is_apart_from_the_lists() -> None:
    """
    That everybody is refused is told beside what fails of the lists, and ends by who is taken.
    """
    part = System.SPOTLER_INTAKE
    causes = [of(System.SPOTLER_LISTS, ConfigurationError)]

    told = Met(outcomes=[], causes=causes, refuses_all=True).to_failures(NOW)
    answered = Met(outcomes=[Outcome.FAILED], answered=[System.SPOTLER_LISTS], refuses_all=True)

    assert {key: one.kind for key, one in told.items()} == {
        System.SPOTLER_LISTS: FailureKind.REFUSED,
        part: FailureKind.REFUSES_ALL,
    }
    assert {*answered.to_failures(NOW)} == {part}
    assert part not in answered.to_moments(NOW)
    assert part in Met(outcomes=[], answered=[part]).to_moments(NOW)
