"""What is told of mappings, and what is asked for to change them."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from connector.adapters.manage_api.shape import Shape
from connector.application.edit_mappings import SavedMappings
from connector.application.show_mappings import Shown
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.converters.unusable import Note
from connector.domain.crm_column import ColumnType
from connector.domain.default_mappings import RARELY_USED
from connector.domain.gone_columns import GoneColumn
from connector.domain.job import JobKind
from connector.domain.mapping import Mapping, Origin, Target
from connector.domain.mapping_errors import FaultCode, FaultyField, MappingFault
from connector.domain.mapping_locks import find_fit_of
from connector.domain.mapping_set import Wish
from connector.domain.property import Property, PropertyKind, PropertyType
from connector.domain.step_filter import FilterOutcome, FilterReport, FilterState

MOST_MAPPINGS = 500

type Text = Annotated[str, StringConstraints(max_length=2000)]


class FitView(Shape):
    """Is what a field can be filled by: columns of these types, through these converters."""

    columns: list[ColumnType]
    converters: list[Converter]

    @classmethod
    def of(cls, target: Target, property_: Property | None) -> Self:
        """Return what the page offers; nothing else is taken."""
        fit = find_fit_of(target, property_)

        return cls(columns=sorted(fit.columns), converters=sorted(fit.converters))


class MappingView(Shape):
    """Is a mapping as the page shows it; what an account lacks has no property."""

    target: str
    property: str | None
    label: str
    kind: PropertyKind | None
    type: PropertyType | None
    fit: FitView
    contact_column: str | None
    lead_column: str | None
    converter: Converter
    lead_converter: Converter | None
    origin: Origin
    required: bool
    rarely_used: bool

    @classmethod
    def of(cls, mapping: Mapping, property_: Property | None) -> Self:
        """Return how a mapping is shown."""
        return cls(
            target=mapping.target.key,
            property=property_.name if property_ else None,
            label=property_.label if property_ else mapping.target.what,
            kind=property_.kind if property_ else None,
            type=property_.type if property_ else None,
            fit=FitView.of(mapping.target, property_),
            contact_column=mapping.contact_column,
            lead_column=mapping.lead_column,
            converter=mapping.converter,
            lead_converter=mapping.lead_converter,
            origin=mapping.origin,
            required=mapping.target.required,
            rarely_used=mapping.target in RARELY_USED,
        )


class AddableView(Shape):
    """Is a profile field that may be mapped."""

    target: str
    property: str
    label: str
    type: PropertyType
    fit: FitView

    @classmethod
    def of(cls, property_: Property) -> Self:
        """Return how a field is offered."""
        target = Target.named(property_.name)

        return cls(
            target=target.key,
            property=property_.name,
            label=property_.label,
            type=property_.type,
            fit=FitView.of(target, property_),
        )


class DeletedView(Shape):
    """Is a default that was deleted; what the account lacks goes by its own name."""

    target: str
    label: str

    @classmethod
    def of(cls, target: Target, property_: Property | None) -> Self:
        """Return how it is told what can come back."""
        return cls(target=target.key, label=property_.label if property_ else target.what)


class FiltersView(Shape):
    """Is how the filters of the webhook stand to the mappings."""

    outcome: FilterState


class GoneView(Shape):
    """A mapped column that tells nothing: its field is left out of what is sent."""

    target: str
    table: Table
    column: str
    why: Literal["gone", "unreadable"]

    @classmethod
    def of(cls, gone: GoneColumn) -> Self:
        """Return how a column is told."""
        why: Literal["gone", "unreadable"] = "gone" if gone.why is Note.GONE else "unreadable"

        return cls(target=gone.target.key, table=gone.table, column=gone.column, why=why)


class MappingsView(Shape):
    """Is all mappings, and what could be mapped besides."""

    mappings: list[MappingView]
    addable: list[AddableView]
    deleted: list[DeletedView]
    missing: list[str]
    gone: list[GoneView]
    filters: FiltersView

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Return how the mappings are shown."""
        return cls(
            mappings=[MappingView.of(*one) for one in shown.mappings],
            addable=[AddableView.of(one) for one in shown.addable],
            deleted=[
                DeletedView.of(target, target.find(shown.catalogue))
                for target in shown.known.deleted
            ],
            missing=[target.key for target in shown.missing],
            gone=[GoneView.of(one) for one in shown.gone],
            filters=FiltersView(outcome=shown.filters),
        )


class MappingWish(Shape):
    """Asks for a mapping; a column that is empty or null sends nothing."""

    target: Text
    contact_column: Text | None
    lead_column: Text | None
    converter: Converter
    lead_converter: Converter | None = None

    def to_wish(self) -> Wish:
        """Return what is asked for."""
        return Wish(
            self.target,
            self.contact_column or None,
            self.lead_column or None,
            self.converter,
            self.lead_converter,
        )


class SaveMappings(Shape):
    """Asks for these mappings and no others."""

    mappings: list[MappingWish] = Field(max_length=MOST_MAPPINGS)

    def to_wishes(self) -> Sequence[Wish]:
        """Return what is asked for."""
        return [one.to_wish() for one in self.mappings]


class Nothing(Shape):
    """Asks for nothing besides what the route does."""


class FilterReportView(Shape):
    """Is what became of the filters of the webhook."""

    outcome: FilterOutcome
    detail: str | None

    @classmethod
    def of(cls, report: FilterReport) -> Self:
        """Return how a report is shown."""
        return cls(outcome=report.outcome, detail=report.detail)


class SavedMappingsView(Shape):
    """Is the mappings after a change, what changed, and what has to happen next."""

    mappings: MappingsView
    changed: list[str]
    fills: list[JobKind]
    filters: FilterReportView

    @classmethod
    def of(cls, saved: SavedMappings, shown: Shown) -> Self:
        """Return how a change is answered."""
        return cls(
            mappings=MappingsView.of(shown),
            changed=[target.key for target in saved.difference.changed],
            fills=list(saved.difference.fills),
            filters=FilterReportView.of(saved.filters),
        )


class FaultView(Shape):
    """Is one thing that is wrong with one mapping."""

    target: str
    field: FaultyField
    code: FaultCode
    detail: str

    @classmethod
    def of(cls, fault: MappingFault) -> Self:
        """Return how a fault is told."""
        return cls(target=fault.target, field=fault.field, code=fault.code, detail=fault.detail)
