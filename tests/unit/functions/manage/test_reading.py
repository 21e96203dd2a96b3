import azure.functions as func
import pytest

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
