"""What administrators see of the mappings, and what they would make of a real person."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.application.mapping_keeping import MappingKeeping
from connector.domain.contact import PropertyValue, Record, RecordId, Table
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.gone_columns import GoneColumn
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.mapping import Target
from connector.domain.mapping_plan import MappingPlan, lay_plan
from connector.domain.mapping_set import MappingSet
from connector.domain.property import Catalogue, Property, PropertyKind
from connector.domain.step_filter import FilterState


@dataclass(frozen=True, slots=True)
class Shown:
    """Is the stored set beside what account and CRM have, and how the filters stand to it."""

    known: MappingSet
    catalogue: Catalogue
    filters: FilterState
    gone: Sequence[GoneColumn] = ()

    @property
    def mappings(self) -> Sequence[tuple[PropertyMapping, Property | None]]:
        """Return each mapping, and the property that it leads to where the account has one."""
        return [(one, one.target.find(self.catalogue)) for one in self.known.effective]

    @property
    def addable(self) -> Sequence[Property]:
        """Return the visible profile fields without a mapping."""
        mapped = {property_.name for _, property_ in self.mappings if property_}

        return [
            one
            for one in self.catalogue
            if one.kind is PropertyKind.PROFILE and one.name not in mapped
        ]

    @property
    def missing(self) -> Sequence[Target]:
        """Return what is mapped, and the account does not have or show."""
        return [mapping.target for mapping, property_ in self.mappings if property_ is None]


@dataclass(frozen=True, slots=True)
class Examples:
    """Is what the mappings make of one person of each table.

    Values are of people: they are for the answer alone, and never stay anywhere.
    """

    values: Mapping[Target, Mapping[Table, PropertyValue]]
    people: Mapping[Table, RecordId]


async def show_mappings(*, keeping: MappingKeeping) -> Shown:
    """Return the mappings beside the account and the filters as they are known."""
    known = await keeping.sets.read()
    catalogue, filters, gone = await asyncio.gather(
        keeping.marketing.get_catalogue(),
        keeping.check_filters(known),
        keeping.find_gone(known),
    )

    return Shown(known, catalogue, filters, gone)


async def refresh_mappings(*, keeping: MappingKeeping) -> Shown:
    """Read Spotler's fields and the CRM's columns anew; the mappings stay as they are."""
    await keeping.marketing.check()
    await keeping.live_columns()

    return await show_mappings(keeping=keeping)


async def show_examples(*, keeping: MappingKeeping) -> Examples:
    """Return what the mappings make of the newest contact and the newest lead."""
    known = await keeping.sets.read()
    catalogue = await keeping.marketing.get_catalogue()
    plan = lay_plan(known.effective, catalogue)
    contact, lead = await asyncio.gather(*(_find_newest(table, plan, keeping) for table in Table))
    people = [person for person in (contact, lead) if person is not None]
    made = {person.key.table: _make(plan, person) for person in people}

    values: dict[Target, Mapping[Table, PropertyValue]] = {}
    for mapping in known.effective:
        property_ = mapping.target.find(catalogue)
        if property_ is not None:
            values[mapping.target] = {
                table: of_person.get(property_.name) for table, of_person in made.items()
            }

    return Examples(values, {person.key.table: person.key.id for person in people})


async def _find_newest(table: Table, plan: MappingPlan, keeping: MappingKeeping) -> Record | None:
    """Read the columns that are there: one that is gone must not hide all others."""
    there = {column.name for column in await keeping.columns.list_columns(table)}
    columns = [column for column in plan.columns(table) if column.name in there]

    return await keeping.newest.find_newest(table, columns) if there else None


def _make(plan: MappingPlan, person: Record) -> dict[str, PropertyValue]:
    made: dict[str, PropertyValue] = {}
    for step in plan.steps[person.key.table]:
        try:
            made[step.property] = step.run(person)
        except UnusableValueError:
            made[step.property] = None

    return made
