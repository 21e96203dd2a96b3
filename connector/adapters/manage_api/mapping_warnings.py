"""What is warned of in mappings that are taken all the same."""

from collections.abc import Iterable
from typing import Literal, Self

from connector.adapters.manage_api.shape import Shape
from connector.domain.contact import Table
from connector.domain.mapping import Mapping
from connector.domain.national_numbers import CODE, NationalNumber, find_national_numbers


class WarningView(Shape):
    """Is what somebody should know of a mapping that is taken all the same."""

    code: Literal["national_number"]
    target: str
    table: Table
    column: str

    @classmethod
    def of(cls, number: NationalNumber) -> Self:
        """Return how a warning is told."""
        return cls(code=CODE, target=number.target.key, table=number.table, column=number.column)


def to_warnings(mappings: Iterable[Mapping]) -> list[WarningView]:
    """Return how the warnings of some mappings are told."""
    return [WarningView.of(one) for one in find_national_numbers(mappings)]
