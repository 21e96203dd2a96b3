"""Lines on the terminal tell of what they are about."""

import logging
import sys

from devstack.functions_host.console import FormatterWithIds


def line_of(extra: dict[str, object] | None = None, *, failed: bool = False) -> str:
    """Return the line of a record with such extras."""
    told = sys.exc_info() if failed else None
    record = logging.getLogger("connector").makeRecord(
        "connector", logging.INFO, "file.py", 1, "sent %d", (3,), told, extra=extra
    )

    return FormatterWithIds("%(levelname)s %(name)s: %(message)s").format(record)


def test_ids_stand_behind_the_message() -> None:
    """
    What a line is about, and by whom, stands behind it; what is no plain value does not.
    """
    line = line_of({"record": "7b1d", "job": "contacts-1", "page": 4, "object": object()})

    assert line == "INFO connector: sent 3 [record=7b1d job=contacts-1 page=4]"


def test_line_without_ids_is_as_ever() -> None:
    """
    A line about nothing in particular has nothing behind it.
    """
    assert line_of() == "INFO connector: sent 3"


def test_ids_stand_before_a_traceback() -> None:
    """
    A traceback comes below the line and its ids.
    """
    try:
        int("nothing")
    except ValueError:
        line = line_of({"record": "7b1d"}, failed=True)

    assert line.splitlines()[0] == "INFO connector: sent 3 [record=7b1d]"
    assert "ValueError: " in line.splitlines()[-1]
