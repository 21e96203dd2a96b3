"""Contacts as Spotler reads them, and what it says of each."""

import re
from collections.abc import Iterable, Mapping, Sequence

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.models import SAVED_CONTACTS, SavedContact, parse
from connector.domain.contact import ExternalId, MarketingContact, Rejection
from connector.domain.errors import TransientError
from connector.domain.property import PropertyType

type Json = dict[str, object]

SAVED = "OK"
FAILED = "ERROR"
NO_CHANNEL = "NO_ACTIVE_CHANNEL"
EMAIL_CHANNEL = {"name": "EMAIL", "value": True}
WORD = re.compile(r"\w+")


def to_contact(
    contact: MarketingContact, types: Mapping[str, PropertyType], dialect: SpotlerDialect
) -> Json:
    """Return one contact in Spotler's form; a field that we do not see is taken for text."""
    properties = {
        name: dialect.write(value, types.get(name, PropertyType.STRING))
        for name, value in contact.properties.items()
    }

    return {"externalId": contact.external_id, "properties": properties}


def to_list(contacts: Sequence[Json]) -> Json:
    """Return the body that creates or updates contacts and clears nothing that it does not name."""
    return {"update": True, "purge": False, "contacts": contacts}


def to_withdrawal(external_id: ExternalId, bits: Iterable[int]) -> Json:
    """Return the body that switches permissions off and touches nothing else."""
    permissions = [{"bit": bit, "enabled": False} for bit in bits]
    contact = {"externalId": external_id, "properties": {"permissions": permissions}}

    return {"purge": False, "contact": contact}


def to_rejections(
    contacts: Sequence[MarketingContact], answer: object
) -> dict[ExternalId, Rejection]:
    """Return who was refused, and why.

    An answer that leaves a contact out says nothing of it. Saving is repeatable, so the whole
    call is worth another try.
    """
    saved = {item.external_id: item for item in parse(SAVED_CONTACTS, answer)}
    missing = sum(contact.external_id not in saved for contact in contacts)
    if missing:
        raise TransientError(f"spotler must answer for every contact: {missing} are missing")

    said = ((contact, saved[contact.external_id]) for contact in contacts)

    return {c.external_id: to_rejection(c, item) for c, item in said if item.code != SAVED}


def to_rejection(contact: MarketingContact, item: SavedContact) -> Rejection:
    """Return Spotler's code, and the property when it names one."""
    name = find_property(item.message or "", contact.properties)

    return Rejection(item.code, name, is_transient=item.code == FAILED)


def find_property(message: str, names: Iterable[str]) -> str | None:
    """Find the sent property that a message names; nothing else of a message is ever kept."""
    known = {name.casefold(): name for name in names}
    words = (word.casefold() for word in WORD.findall(message))

    return next((known[word] for word in words if word in known), None)
