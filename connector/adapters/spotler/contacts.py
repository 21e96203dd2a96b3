"""Contacts as Spotler reads them, and what it says of each."""

import re
from collections.abc import Iterable, Mapping, Sequence

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.models import (
    SAVED_CONTACT,
    SavedContact,
    UnreadableAnswerError,
    parse_each,
    to_items,
)
from connector.domain.contact import ExternalId, MarketingContact, Rejection
from connector.domain.property import PropertyType

type Json = dict[str, object]

SAVED = "OK"
NO_ANSWER = "NO_ANSWER"
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
    contacts: Sequence[MarketingContact], answer: object, dialect: SpotlerDialect
) -> dict[ExternalId, Rejection]:
    """Return who was refused, and why.

    An answer that leaves a contact out says nothing of it, unless that means it was saved. Saving
    is repeatable, so it is worth another try: for the contact, or for all if none is named.
    """
    if answer is None and dialect.list_answers != "all":
        return {}

    items = to_items(answer)
    read = [one for one in parse_each(SAVED_CONTACT, items) if one is not None]
    said = {one.external_id: one for one in read}
    named = {c.external_id: said[c.external_id] for c in contacts if c.external_id in said}
    if dialect.list_answers == "refused" and len(read) == len(items):
        silent: dict[ExternalId, Rejection] = {}
    elif named:
        no_answer = Rejection(NO_ANSWER, is_transient=True)
        silent = {c.external_id: no_answer for c in contacts if c.external_id not in named}
    else:
        raise UnreadableAnswerError("spotler must answer for every contact: all are missing")

    refused = {
        contact.external_id: to_rejection(contact, item, dialect)
        for contact in contacts
        if (item := named.get(contact.external_id)) and item.code != SAVED
    }

    return refused | silent


def to_rejection(
    contact: MarketingContact, item: SavedContact, dialect: SpotlerDialect
) -> Rejection:
    """Return Spotler's code, and the property when it names one; a new code may pass."""
    name = find_property(item.message or "", contact.properties)

    return Rejection(item.code, name, is_transient=item.code not in dialect.refusing_words)


def find_property(message: str, names: Iterable[str]) -> str | None:
    """Find the sent property that a message names; nothing else of a message is ever kept."""
    known = {name.casefold(): name for name in names}
    words = (word.casefold() for word in WORD.findall(message))

    return next((known[word] for word in words if word in known), None)
