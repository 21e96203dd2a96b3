from collections.abc import Callable

import pytest

from connector.functions.refusals import MOST_REASONS, RefusalLog


@pytest.fixture
def minutes() -> list[Callable[[], None]]:
    """Return what waits for the end of its minute."""
    return []


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_flood_is_two_lines(
    caplog: pytest.LogCaptureFixture, minutes: list[Callable[[], None]]
) -> None:
    """
    Of a thousand refused calls the log tells the first at once, and then how many more there were.
    """
    log = RefusalLog("call refused", later=minutes.append)

    for _ in range(1000):
        log.tell("wrong_secret")
    assert lines(caplog) == ["call refused: wrong_secret"]
    minutes.pop()()

    assert lines(caplog)[1:] == ["call refused: wrong_secret (999 more times)"]


def test_next_minute_is_counted_too(
    caplog: pytest.LogCaptureFixture, minutes: list[Callable[[], None]]
) -> None:
    """
    As long as calls go on there is one line a minute; after a quiet one the next is told at once.
    """
    log = RefusalLog("call refused", later=minutes.append)

    for _ in range(2):
        log.tell("one")
    minutes.pop()()
    log.tell("one")
    minutes.pop()()
    minutes.pop()()
    log.tell("one")

    assert minutes
    again = "call refused: one (1 more times)"
    assert lines(caplog) == ["call refused: one", again, again, "call refused: one"]


def test_reasons_do_not_hide_each_other(
    caplog: pytest.LogCaptureFixture, minutes: list[Callable[[], None]]
) -> None:
    """
    Each reason is told when it first comes.
    """
    log = RefusalLog("call refused", later=minutes.append)

    for reason in ("one", "other", "one"):
        log.tell(reason)

    assert lines(caplog) == ["call refused: one", "call refused: other"]


def test_reasons_are_bounded(
    caplog: pytest.LogCaptureFixture, minutes: list[Callable[[], None]]
) -> None:
    """
    Whoever finds a thousand ways to be refused fills neither the log nor the memory.
    """
    log = RefusalLog("call refused", later=minutes.append)

    for number in range(1000):
        log.tell(f"reason {number}")

    assert len(lines(caplog)) == MOST_REASONS + 1
    assert lines(caplog)[-1] == "call refused: for other reasons"
