"""All mappings as administrators see and change them: one set, changed as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS, effective_mappings
from connector.domain.job import JobKind
from connector.domain.mapping import Mapping, Origin, Target

DEFAULTS = {mapping.target: mapping for mapping in DEFAULT_MAPPINGS}
"""Is what everybody starts with; one that somebody altered is still a default."""

_FILLED_BY = {
    Table.CONTACT: JobKind.CONTACTS_TO_SPOTLER,
    Table.LEAD: JobKind.LEADS_TO_SPOTLER,
}


@dataclass(frozen=True, slots=True)
class MappingSet:
    """Is what is stored beside the defaults; `version` differs after every change of it."""

    changes: Sequence[Mapping]
    version: str

    @property
    def effective(self) -> tuple[Mapping, ...]:
        """Return the mappings by which people are synced."""
        return effective_mappings(self.changes)

    @property
    def deleted(self) -> tuple[Target, ...]:
        """Return the defaults that were deleted."""
        there = {mapping.target for mapping in self.effective}

        return tuple(target for target in DEFAULTS if target not in there)


@dataclass(frozen=True, slots=True)
class Wish:
    """Is a mapping as somebody asks for it; its target may be anything that was typed."""

    target: str
    contact_column: str | None
    lead_column: str | None
    converter: Converter
    lead_converter: Converter | None = None

    def to_mapping(self) -> Mapping:
        """Return the mapping; raises `MappingError` when nothing is called by such a target."""
        target = Target(self.target)
        same = self.lead_converter == self.converter

        return Mapping(
            target,
            self.contact_column,
            self.lead_column,
            self.converter,
            Origin.DEFAULT if target in DEFAULTS else Origin.USER,
            lead_converter=None if same else self.lead_converter,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """Is what a change does: to which properties, and which syncs fill existing records."""

    changed: tuple[Target, ...]
    fills: tuple[JobKind, ...]


def to_changes(wanted: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """Return what to store so that the wanted mappings are all there is.

    A default that is not wanted is deleted, and stays so; one that is wanted as it was born needs
    no row.
    """
    by_target = {mapping.target: mapping for mapping in wanted}
    kept = tuple(one for one in wanted if one != DEFAULTS.get(one.target))
    deleted = tuple(
        replace(mapping, deleted=True)
        for target, mapping in DEFAULTS.items()
        if target not in by_target
    )

    return kept + deleted


def with_defaults(changes: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """Return the stored changes without the deletions, and without those of required mappings.

    Every default is there again, and what everybody must have is as it was born.
    """
    return tuple(one for one in changes if not one.deleted and not one.target.required)


def compare(before: Sequence[Mapping], after: Sequence[Mapping]) -> Difference:
    """Return what a change does.

    A mapping that was taken away fills nothing: what Spotler holds in its field stays there.
    """
    old = {mapping.target: mapping for mapping in before}
    new = {mapping.target: mapping for mapping in after}
    targets = dict.fromkeys((*old, *new))
    fills = tuple(
        kind
        for table, kind in _FILLED_BY.items()
        if any(_sent(one, table) not in {None, _sent(old.get(one.target), table)} for one in after)
    )

    return Difference(tuple(one for one in targets if old.get(one) != new.get(one)), fills)


def _sent(mapping: Mapping | None, table: Table) -> tuple[str, Converter] | None:
    """Return what of a table goes to the property, and how."""
    column = mapping.column(table) if mapping else None

    return None if mapping is None or column is None else (column, mapping.converter_for(table))
