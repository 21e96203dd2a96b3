"""Since when a check is as it is, through what could not be seen."""

from datetime import timedelta

from connector.domain.check_history import History, Standing, continue_history
from connector.domain.connection_check import Check, CheckName, CheckOutcome
from tests.builders import NOW

NAME = CheckName.STEPS
OFF = Check.failed(NAME, "step_disabled", "contact Update")
UNSEEN = Check.failed(NAME, "unknown", "must answer")
SKIPPED = Check.skipped(NAME)
HOUR = timedelta(hours=1)


def through(*checks: Check) -> Standing:
    """Return how a check stands after each of these, an hour apart."""
    history: History = {}
    for number, check in enumerate(checks):
        history = continue_history(history, [check], NOW + number * HOUR)

    return history[NAME]


def test_hiccup_begins_nothing() -> None:
    """
    What is the same before and after nothing could be seen is so since before.
    """
    assert through(OFF, UNSEEN, OFF) == Standing(
        outcome=CheckOutcome.FAILED, code="step_disabled", since=NOW
    )
    assert through(OFF, UNSEEN, SKIPPED, UNSEEN, OFF).since == NOW
    assert through(Check(NAME), SKIPPED, Check(NAME)).since == NOW


def test_change_behind_a_hiccup_begins_anew() -> None:
    """
    What is otherwise after nothing could be seen is so since then.
    """
    assert through(OFF, UNSEEN, Check(NAME)).since == NOW + 2 * HOUR
    assert through(UNSEEN, OFF).since == NOW + HOUR


def test_unseen_is_so_since_it_began() -> None:
    """
    That nothing can be seen has a beginning of its own.
    """
    assert through(OFF, UNSEEN, UNSEEN).since == NOW + HOUR


def test_beginning_that_is_known_stands() -> None:
    """
    Where a check knows when it began nobody has to have looked then.
    """
    known = Check(NAME, CheckOutcome.FAILED, code="not_taken", since=NOW - HOUR)

    assert through(Check(NAME), known).since == NOW - HOUR
    assert through(known, known).since == NOW - HOUR
