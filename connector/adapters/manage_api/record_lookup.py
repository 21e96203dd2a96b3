"""What is told of one record in both systems: the only answer that holds values of a person."""

from datetime import datetime
from typing import Self

from connector.adapters.manage_api.record_views import RecordView, link_to
from connector.adapters.manage_api.shape import Shape
from connector.application.look_up_record import LookedUp
from connector.domain.converter import Converter


class WouldSendView(Shape):
    """Is one property as it would be sent now; a value that is left out has a note."""

    property: str
    label: str
    column: str
    converter: Converter
    value: str | int | bool | None
    note: str | None


class HeldPropertyView(Shape):
    """Is one property as Spotler holds it; each permission is one, `on` or `off`."""

    property: str
    label: str
    value: str


class HeldView(Shape):
    """Is what Spotler holds; `found` is null when Spotler could not be asked."""

    found: bool | None
    external_id: str
    properties: list[HeldPropertyView]
    changed_at: datetime | None


class ProblemView(Shape):
    """Says which system, `dynamics` or `spotler`, could not be asked, and by a code why."""

    system: str
    code: str


class RecordLookup(Shape):
    """Is one record; `in_crm` is null when Dynamics could not be asked.

    `excluded` says why nothing would be sent, `differs` that something else would than was.
    """

    record: RecordView | None
    link: str
    excluded: str | None
    in_crm: bool | None
    would_send: list[WouldSendView]
    differs: bool
    spotler: HeldView
    problems: list[ProblemView]

    @classmethod
    def of(cls, found: LookedUp, crm_url: str) -> Self:
        """Return how a record is shown that was looked up."""
        return cls(
            record=RecordView.of(found.state, crm_url) if found.state else None,
            link=link_to(found.key, crm_url),
            excluded=found.excluded,
            in_crm=found.in_crm,
            would_send=[
                WouldSendView(
                    property=one.property,
                    label=one.label,
                    column=one.column,
                    converter=one.converter,
                    value=one.value,
                    note=one.note,
                )
                for one in found.would_send
            ],
            differs=found.differs,
            spotler=_to_held(found),
            problems=[ProblemView(system=one.system, code=one.code) for one in found.problems],
        )


def _to_held(found: LookedUp) -> HeldView:
    properties = found.held.properties if found.held else ()

    return HeldView(
        found=found.in_spotler,
        external_id=found.external_id,
        properties=[
            HeldPropertyView(property=one.property, label=one.label, value=one.value)
            for one in properties
        ],
        changed_at=found.held.changed_at if found.held else None,
    )
