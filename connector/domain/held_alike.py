"""Whether Spotler holds already what it would be sent."""

from collections.abc import Iterable

from connector.domain.contact import MarketingContact, PropertyValue
from connector.domain.converters.unusable import UnusableValueError
from connector.domain.mapping_plan import Step
from connector.domain.spotler_contact import SpotlerContact


def is_held(sent: MarketingContact, held: SpotlerContact, steps: Iterable[Step]) -> bool:
    """Tell whether sending would change nothing, whatever the spelling."""
    return sent.external_id == held.external_id and all(
        _is_alike(step, sent.properties[step.property], held.properties.get(step.property))
        for step in steps
        if step.property in sent.properties
    )


def _is_alike(step: Step, sent: PropertyValue, held: PropertyValue) -> bool:
    if sent == held:
        return True

    try:
        return sent == step.make(held)
    except UnusableValueError:
        return False
