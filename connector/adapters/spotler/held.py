"""A person as Spotler shows them, in words: what a field or an option is called, and its value."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime

from pydantic import JsonValue

from connector.adapters.spotler.comparison import to_plain
from connector.adapters.spotler.models import HELD_OPTION, HeldContact, parse, parse_each, to_items
from connector.domain.contact import ExternalId
from connector.domain.errors import TransientError
from connector.domain.looked_up import HeldPerson, HeldProperty
from connector.domain.property import Catalogue, Property

ON, OFF = "on", "off"


def to_person(
    external_id: ExternalId | None, held: HeldContact, catalogue: Catalogue
) -> HeldPerson:
    """Return a person, in the order of the fields of the account."""
    fields = {one.name: one for one in catalogue}
    places = {name: place for place, name in enumerate(fields)}
    names = sorted(held.properties, key=lambda name: (places.get(name, len(places)), name))
    properties = [shown for name in names for shown in _shown(name, held.properties[name], fields)]

    return HeldPerson(external_id, tuple(properties), _to_moment(held.last_changed))


def _shown(name: str, value: JsonValue, fields: Mapping[str, Property]) -> Iterator[HeldProperty]:
    field = fields.get(name)
    label = field.label if field else name
    if isinstance(value, dict):
        return
    if isinstance(value, list):
        yield from _shown_options(name, label, value)
        return

    plain = to_plain(value, field.type if field else None)
    if plain is not None:
        yield HeldProperty(
            name, label, plain.isoformat() if isinstance(plain, date) else str(plain)
        )


def _shown_options(name: str, label: str, options: list[JsonValue]) -> Iterator[HeldProperty]:
    """Yield the options of a set that can be read, each by the label that it has today."""
    for option in parse_each(HELD_OPTION, options):
        if option is None:
            continue

        shown = option.description or f"{label} {option.bit}"
        yield HeldProperty(name, shown, ON if option.enabled else OFF)


def read_options(
    held: HeldContact, external_id: ExternalId, name: str, bits: Iterable[int]
) -> dict[int, bool]:
    """Return which options of a set are on, by bit: one that is not listed was never set, so off.

    One that cannot be read may be the one that is off: that is no answer, and comes back. Nor is a
    contact of another id, or one without properties.
    """
    shown_id = held.external_id or external_id
    if shown_id.casefold() != external_id.casefold() or "properties" not in held.model_fields_set:
        raise TransientError("spotler must show the properties of the contact that is asked for")

    read = [parse(HELD_OPTION, item) for item in to_items(held.properties.get(name))]

    return dict.fromkeys(bits, False) | {one.bit: one.enabled for one in read}


def _to_moment(said: JsonValue) -> datetime | None:
    """Return when a person changed, however Spotler writes it; None when that is unclear."""
    try:
        if isinstance(said, str):
            moment = datetime.fromisoformat(said)
            return moment if moment.tzinfo else None
        if isinstance(said, int | float):
            return datetime.fromtimestamp(said / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None

    return None
