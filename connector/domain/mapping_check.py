"""Whether mappings that somebody wants can work: every fault at once, before anything is stored."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.converters.text import MAX_LENGTH
from connector.domain.crm_column import CrmColumn, is_column_name
from connector.domain.mapping import EMAIL, LOCKED, Target
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.mapping_errors import FaultCode, FaultyField, MappingFault
from connector.domain.mapping_locks import LOCKS
from connector.domain.mapping_set import DEFAULTS
from connector.domain.property import Catalogue, Property, PropertyKind
from connector.domain.property_fit import takes_column, takes_converter, takes_text

type Columns = Mapping[Table, Mapping[str, CrmColumn]]

_FIELDS = {
    Table.CONTACT: FaultyField.CONTACT_COLUMN,
    Table.LEAD: FaultyField.LEAD_COLUMN,
}
_WHY_EMAIL = "email must stay mapped: nobody can be mailed without an address"
_WHY_OTHERS = "Type, Birthday and Owner must stay mapped: Spotler needs them of everybody"


@dataclass(frozen=True, slots=True)
class MappingCheck:
    """Knows what mappings are checked against: the account, the CRM, and what holds now.

    A table without any column is not there (leads without Sales): its columns may then stay as
    they are.
    """

    catalogue: Catalogue
    columns: Columns
    current: Sequence[PropertyMapping]

    def run(self, wanted: Sequence[PropertyMapping]) -> tuple[MappingFault, ...]:
        """Return all that is wrong."""
        faults = [fault for mapping in wanted for fault in self._check(mapping)]

        return (*_absent(wanted), *self._doubles(wanted), *faults)

    def _check(self, mapping: PropertyMapping) -> Iterator[MappingFault]:
        property_ = mapping.target.find(self.catalogue)
        yield from self._check_target(mapping, property_)
        columns = [*self._check_columns(mapping, property_)]
        yield from columns
        yield from _check_emptied(mapping)
        if all(fault.code is not FaultCode.WRONG_TYPE for fault in columns):  # said once
            yield from _check_converters(mapping, property_)

    def _check_columns(
        self, mapping: PropertyMapping, property_: Property | None
    ) -> Iterator[MappingFault]:
        for table in Table:
            column = mapping.column(table)
            if column is None:
                continue
            if mapping.converter_for(table) is Converter.CONSTANT:
                yield from _check_text(mapping, table, column, property_)
            else:
                yield from self._check_column(mapping, table, column, property_)

    def _check_target(
        self, mapping: PropertyMapping, property_: Property | None
    ) -> Iterator[MappingFault]:
        """Let everybody add visible profile fields; what is there already may stay."""
        if mapping.target in DEFAULTS or self._is_known(mapping.target):
            return

        if property_ is None:
            yield _fault(
                mapping,
                FaultyField.TARGET,
                FaultCode.NOT_VISIBLE,
                "the account must have and show the field",
            )
        elif property_.kind is not PropertyKind.PROFILE:
            yield _fault(
                mapping,
                FaultyField.TARGET,
                FaultCode.NOT_PROFILE,
                "only a profile field may be added",
            )

    def _check_column(
        self, mapping: PropertyMapping, table: Table, name: str, property_: Property | None
    ) -> Iterator[MappingFault]:
        column = self.columns[table].get(name) if is_column_name(name) else None
        if column is None:
            if not self._may_stay(mapping, table, name):
                yield _fault(
                    mapping,
                    _FIELDS[table],
                    FaultCode.UNKNOWN_COLUMN,
                    f"a column of the table {table} must be there by that name and be readable",
                )
            return

        converter = mapping.converter_for(table)
        if converter not in column.converters:
            yield _fault(
                mapping,
                _FIELDS[table],
                FaultCode.WRONG_TYPE,
                f"the converter {converter} does not understand a column of type {column.type}",
            )
        elif not _is_meant(mapping, converter, column):
            yield _fault(
                mapping,
                _FIELDS[table],
                FaultCode.WRONG_TYPE,
                f"the field cannot be filled from a column of type {column.type}",
            )
        elif property_ is not None and not takes_column(property_, column.type):
            yield _fault(
                mapping,
                _FIELDS[table],
                FaultCode.WRONG_TYPE,
                f"a field of type {property_.type} cannot hold a column of type {column.type}",
            )

    def _may_stay(self, mapping: PropertyMapping, table: Table, name: str) -> bool:
        """Tell whether a column of a table that is not there was mapped before."""
        before = (one for one in self.current if one.target == mapping.target)
        usual = DEFAULTS.get(mapping.target)
        known = {one.column(table) for one in (*before, *((usual,) if usual else ()))}

        return not self.columns[table] and name in known

    def _is_known(self, target: Target) -> bool:
        return any(mapping.target == target for mapping in self.current)

    def _doubles(self, wanted: Sequence[PropertyMapping]) -> Iterator[MappingFault]:
        """Find mappings that lead to one property, whichever way each of them names it."""
        by_property: dict[str, list[PropertyMapping]] = defaultdict(list)
        for mapping in wanted:
            property_ = mapping.target.find(self.catalogue)
            by_property[property_.name if property_ else mapping.target.key].append(mapping)

        for same in by_property.values():
            for mapping in same[1:]:
                yield _fault(
                    mapping,
                    FaultyField.TARGET,
                    FaultCode.DOUBLE,
                    "a field of Spotler must be mapped once only",
                )


def _absent(wanted: Sequence[PropertyMapping]) -> Iterator[MappingFault]:
    there = {mapping.target for mapping in wanted}
    for target in LOCKED:
        if target not in there:
            yield _locked(target, FaultyField.TARGET)


def _is_meant(mapping: PropertyMapping, converter: Converter, column: CrmColumn) -> bool:
    """Tell whether a locked field may come from the column; its converter has its own fault."""
    lock = LOCKS.get(mapping.target)

    return lock is None or converter not in lock.converters or column.type in lock.columns


def _check_emptied(mapping: PropertyMapping) -> Iterator[MappingFault]:
    lock = LOCKS.get(mapping.target)
    for table in lock.find_emptied(mapping) if lock else ():
        yield _locked(mapping.target, _FIELDS[table])


def _locked(target: Target, field: FaultyField) -> MappingFault:
    why = _WHY_EMAIL if target == EMAIL else _WHY_OTHERS

    return MappingFault(target.key, field, FaultCode.REQUIRED, why)


def _check_converters(
    mapping: PropertyMapping, property_: Property | None
) -> Iterator[MappingFault]:
    lock = LOCKS.get(mapping.target)
    if lock is not None:
        if not lock.has_its_converters(mapping):
            detail = f"the field must be filled by {' or '.join(lock.converters)}"
            yield _fault(mapping, FaultyField.CONVERTER, FaultCode.WRONG_TYPE, detail)
        return

    if property_ is None:
        return

    used = (mapping.converter_for(table) for table in Table if mapping.column(table) is not None)
    for converter in dict.fromkeys(used):
        if not takes_converter(property_, converter):
            yield _fault(
                mapping,
                FaultyField.CONVERTER,
                FaultCode.WRONG_TYPE,
                f"a field of type {property_.type} cannot hold what {converter} makes",
            )


def _check_text(
    mapping: PropertyMapping, table: Table, text: str, property_: Property | None
) -> Iterator[MappingFault]:
    """Check a constant; nobody could see what a character of control does in it."""
    is_plain = text.isprintable() and text == text.strip() and 0 < len(text) <= MAX_LENGTH
    if not is_plain:
        detail = f"a text must have 1 to {MAX_LENGTH} visible characters on one line"
        yield _fault(mapping, _FIELDS[table], FaultCode.INVALID_TEXT, detail)
    elif property_ is not None and not takes_text(property_, text):
        detail = f"a field of type {property_.type} must take the text as its value"
        yield _fault(mapping, _FIELDS[table], FaultCode.INVALID_TEXT, detail)


def _fault(
    mapping: PropertyMapping, field: FaultyField, code: FaultCode, detail: str
) -> MappingFault:
    return MappingFault(mapping.target.key, field, code, detail)
