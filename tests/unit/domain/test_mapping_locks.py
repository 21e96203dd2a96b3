"""What the page offers for a field is what a save takes: nothing more, and nothing less."""

import itertools
from dataclasses import replace

import pytest

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.crm_column import ColumnType, CrmColumn
from connector.domain.mapping import LOCKED, TYPE, Mapping, Origin, Target
from connector.domain.mapping_check import MappingCheck
from connector.domain.mapping_errors import FaultCode
from connector.domain.mapping_locks import find_fit_of
from connector.domain.mapping_set import DEFAULTS
from connector.domain.property import PropertyKind, PropertyType
from tests.builders import a_catalogue, a_property

FIELDS = {
    Target.named(f"of_{type_}"): a_property(f"of_{type_}", type_=type_, kind=PropertyKind.PROFILE)
    for type_ in PropertyType
}
CATALOGUE = (*a_catalogue(), *FIELDS.values())
COLUMNS = {
    table: {f"of_{one}": CrmColumn(f"of_{one}", one, one, {}) for one in ColumnType}
    for table in Table
}


@pytest.mark.feature("F46", "F53", "F54")
@pytest.mark.parametrize("target", [*FIELDS, *LOCKED], ids=lambda one: one.key)
def test_offered_is_what_is_taken(target: Target) -> None:
    """
    A column and a converter are offered together exactly when a save takes them.
    """
    property_ = target.find(CATALOGUE)
    fit = find_fit_of(target, property_)
    checking = MappingCheck(CATALOGUE, COLUMNS, tuple(DEFAULTS.values()))
    usual = DEFAULTS.get(target, Mapping(target, None, None, Converter.TEXT, Origin.USER))

    for type_, converter in itertools.product(ColumnType, {*Converter} - {Converter.CONSTANT}):
        column = COLUMNS[Table.CONTACT][f"of_{type_}"]
        wanted = replace(
            usual, contact_column=column.name, lead_column=column.name, converter=converter
        )
        wrong = [one for one in checking.run([wanted]) if one.code is FaultCode.WRONG_TYPE]
        offered = (
            type_ in fit.columns and converter in column.converters and converter in fit.converters
        )

        assert (wrong == []) == offered, (type_, converter, wrong)


def test_constant_is_offered_where_it_may_be() -> None:
    """
    A fixed text may stand in any field but in those that must come from a column.
    """
    constants = {
        target
        for target in (*FIELDS, *LOCKED)
        if Converter.CONSTANT in find_fit_of(target, target.find(CATALOGUE)).converters
    }

    assert constants == {*FIELDS, TYPE}
