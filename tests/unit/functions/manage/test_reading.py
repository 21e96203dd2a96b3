from datetime import UTC, date
from zoneinfo import available_timezones

import azure.functions as func
import pytest

from connector.adapters.manage_api.audit import AuditQuery
from connector.adapters.manage_api.record_queries import EARLIEST, LATEST, RecordQuery
from connector.adapters.manage_api.shape import Shape
from connector.functions.manage.problems import RefusedError
from connector.functions.manage.reading import read_query


class Wish(Shape):
    """Is what a test asks for."""

    size: int = 10
    table: str | None = None


def a_query(**params: str) -> func.HttpRequest:
    return func.HttpRequest(method="GET", url="https://a.example", params=params, body=b"")


def test_empty_parameter_is_absent() -> None:
    """
    A form that was left empty asks for what is usual.
    """
    assert read_query(a_query(size="20", table=""), Wish) == Wish(size=20)


def test_unclear_query_is_refused() -> None:
    """
    A parameter that cannot be is named, and its value is not repeated.
    """
    with pytest.raises(RefusedError, match="size: ") as refused:
        read_query(a_query(size="jan@example.nl"), Wish)

    assert refused.value.code == "invalid_query"
    assert "jan@" not in str(refused.value)


@pytest.mark.parametrize("day", [EARLIEST, LATEST], ids=["first", "last"])
def test_day_begins_in_every_zone(day: date) -> None:
    """
    Each day that may be asked for begins and ends somewhere, wherever the customer is.
    """
    for zone in available_timezones():
        of_audit = AuditQuery.model_validate({"day": str(day)}).to_filter(zone)
        of_records = RecordQuery.model_validate({"since": str(day)}).to_dated_filter(zone)

        assert of_audit.since == of_records.since
        assert of_audit.since is not None
        assert of_audit.since.tzinfo is UTC
        assert of_audit.until is not None
        assert of_audit.until > of_audit.since


@pytest.mark.parametrize("day", ["1999-12-31", "3000-01-01", "9999-12-31"])
def test_day_of_no_use_is_refused(day: str) -> None:
    """
    A day on which nothing can have happened, and which may have no zone, is refused.
    """
    for kind, name in ((AuditQuery, "day"), (RecordQuery, "since")):
        with pytest.raises(RefusedError, match=f"{name}: input should be"):
            read_query(a_query(**{name: day}), kind)
