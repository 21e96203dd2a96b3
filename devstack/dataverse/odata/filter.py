"""What a filter is: a test on rows, and where possible the ids to look up instead."""

import dataclasses

from devstack.dataverse.odata.condition import Comparable, Test, within
from devstack.dataverse.schema.table import Column


@dataclasses.dataclass(frozen=True, slots=True)
class Seek:
    """Values of one column that a row must have; when `exact`, nothing else is asked."""

    column: Column
    values: frozenset[Comparable]
    exact: bool = True

    def test(self) -> Test:
        """Return the test for having one of the values."""
        return within(self.column, self.values)


@dataclasses.dataclass(frozen=True, slots=True)
class Filter:
    """A test on rows; `seeks` says where an index may look instead of everywhere."""

    test: Test
    seeks: tuple[Seek, ...] = ()


def all_of(parts: list[Filter]) -> Filter:
    """Join filters with `and`."""
    tests = [part.test for part in parts]
    seeks = tuple(dataclasses.replace(seek, exact=False) for part in parts for seek in part.seeks)

    return Filter(lambda values: all(test(values) for test in tests), seeks)


def any_of(parts: list[Filter]) -> Filter:
    """Join filters with `or`."""
    tests = [part.test for part in parts]
    by_column = [{seek.column.name: seek for seek in part.seeks} for part in parts]
    common = set(by_column[0]).intersection(*by_column[1:])
    seeks = tuple(_joined([found[name] for found in by_column]) for name in common)
    exact = next((seek for seek in seeks if seek.exact), None)
    if exact is not None:
        return Filter(exact.test(), (exact,))

    return Filter(lambda values: any(test(values) for test in tests), seeks)


def _joined(seeks: list[Seek]) -> Seek:
    values = frozenset[Comparable]().union(*(seek.values for seek in seeks))

    return Seek(seeks[0].column, values, exact=all(seek.exact for seek in seeks))
