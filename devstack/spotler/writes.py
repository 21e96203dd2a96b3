"""Writing a contact: find who is meant, check every property, and only then change anything."""

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus

from devstack.spotler.account import Account
from devstack.spotler.answers import ErrorType, Refusal, invalid
from devstack.spotler.bodies import flag, mapping, members, objects, optional_text, text
from devstack.spotler.fields import PERMISSIONS, Field, FieldType
from devstack.spotler.people import Contact, Value
from devstack.spotler.validation import Code, ContactRefused, accepted, refused_property

_ERRORS = {
    Code.PROPERTY_INVALID: ErrorType.INVALID_PROPERTY,
    Code.CONTACT_ALREADY_EXISTS: ErrorType.CONTACT_ALREADY_EXISTS,
    Code.CONTACT_UNKNOWN: ErrorType.CONTACT_NOT_FOUND,
    Code.CONTACT_OPTOUT: ErrorType.CONTACT_OPTOUT,
    Code.NO_ACTIVE_CHANNEL: ErrorType.INVALID_STATE,
    Code.ERROR: ErrorType.BACKEND_EXCEPTION,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """What a caller wants a contact to be."""

    external_id: str | None
    properties: Mapping[str, object]
    test_group: bool | None = None
    opens_channel: bool = False


@dataclasses.dataclass(slots=True)
class _Change:
    values: dict[str, Value] = dataclasses.field(default_factory=dict)
    bits: dict[str, dict[int, bool]] = dataclasses.field(default_factory=dict)
    cleared: list[str] = dataclasses.field(default_factory=list)


def to_draft(raw: object) -> Draft:
    """Return the draft in a request; read-only members are taken and ignored."""
    body = members(
        raw,
        "externalId",
        "encryptedId",
        "created",
        "lastChanged",
        "testGroup",
        "temporary",
        "properties",
        "channels",
        of="a contact",
    )
    test_group = None if body.get("testGroup") is None else flag(body, "testGroup")

    return Draft(
        optional_text(body, "externalId") or None,
        mapping(body, "properties"),
        test_group,
        opens_channel=any(_is_open(channel) for channel in objects(body, "channels")),
    )


def as_refusal(refused: ContactRefused) -> Refusal:
    """Return how a call about a single contact says what a batch says by code."""
    unknown = refused.code is Code.CONTACT_UNKNOWN
    status = HTTPStatus.NOT_FOUND if unknown else HTTPStatus.BAD_REQUEST

    return Refusal(status, _ERRORS[refused.code], refused.message)


def insert(account: Account, draft: Draft, *, update: bool, purge: bool) -> Contact:
    """Add a contact, or with `update` change the one that the dedupe rules find."""
    _check_planned_refusal(account, draft)
    contact = _existing(account, draft)
    if contact is not None and not update:
        raise ContactRefused(Code.CONTACT_ALREADY_EXISTS, "Contact already exists")

    change = _checked(account, draft.properties)
    if contact is None:
        _check_channel(account, draft, change)
        contact = account.people.add(draft.external_id)
        _apply(account, contact, change, purge=purge)
        contact.test_group = bool(draft.test_group)
        account.people.touch(contact)
        return contact

    if draft.external_id is not None:
        account.people.bind(contact, draft.external_id)

    _update(account, contact, draft, change, purge=purge)

    return contact


def update_existing(account: Account, contact: Contact, draft: Draft, *, purge: bool) -> None:
    """Change a contact that is known already."""
    _check_planned_refusal(account, draft)
    _update(account, contact, draft, _checked(account, draft.properties), purge=purge)


def _update(
    account: Account, contact: Contact, draft: Draft, change: _Change, *, purge: bool
) -> None:
    _apply(account, contact, change, purge=purge)
    contact.anonymised = contact.anonymised and not change.values
    if draft.test_group is not None:
        contact.test_group = draft.test_group

    moment = None if account.options.own_writes_in_feed else contact.last_changed
    account.people.touch(contact, moment)


def _check_planned_refusal(account: Account, draft: Draft) -> None:
    planned = account.refusals.get(draft.external_id or "")
    if planned is not None:
        raise ContactRefused(planned, f"Contact refused: {planned}")


def _existing(account: Account, draft: Draft) -> Contact | None:
    email = draft.properties.get("email")
    by_email = draft.external_id is None or account.options.dedupe.startswith("email")
    if by_email and isinstance(email, str):
        for contact in account.people.with_email(email):
            return contact

    return None if draft.external_id is None else account.people.find(draft.external_id)


def _checked(account: Account, properties: Mapping[str, object]) -> _Change:
    options, visible = account.options, account.fields.visible
    change = _Change()
    for name, value in properties.items():
        field = visible.get(name)
        if field is None:
            raise refused_property(name, value, options)

        if value is None:
            if options.null_clears:
                change.cleared.append(name)
        elif field.type is FieldType.SET:
            change.bits[name] = _checked_bits(account, field, value)
        elif value == "" and options.empty_clears:
            change.cleared.append(name)
        else:
            change.values[name] = accepted(field, value, options)

    return change


def _checked_bits(account: Account, field: Field, value: object) -> dict[int, bool]:
    if not isinstance(value, list):
        raise refused_property(field.name, value, account.options)

    bits: dict[int, bool] = {}
    for raw in value:
        entry = members(raw, "bit", "enabled", "description", of=f"an entry of {field.name}")
        bit, enabled = entry.get("bit"), entry.get("enabled")
        if type(bit) is not int or not isinstance(enabled, bool):
            raise refused_property(field.name, value, account.options)

        if bit in field.entries:
            bits[bit] = enabled
        elif account.options.unknown_bit == "refuse":
            raise refused_property(field.name, value, account.options)

    return bits


def _is_open(raw: object) -> bool:
    channel = members(raw, "name", "value", of="a channel")
    if text(channel, "name") not in ("EMAIL", "SMS"):
        raise invalid("a channel is EMAIL or SMS")

    return flag(channel, "value")


def _check_channel(account: Account, draft: Draft, change: _Change) -> None:
    fields = account.fields.visible
    reachable = (FieldType.EMAIL, FieldType.MOBILE)
    met = {
        "none": True,
        "address": any(fields[name].type in reachable for name in change.values),
        "sent": draft.opens_channel,
    }
    if not met[account.options.needed_channel]:
        raise ContactRefused(Code.NO_ACTIVE_CHANNEL, "Contact has no active channel")


def _apply(account: Account, contact: Contact, change: _Change, *, purge: bool) -> None:
    properties = {} if purge else dict(contact.properties)
    sets = dict(contact.sets)
    if purge:
        kept = not account.options.purge_clears_permissions
        sets = {name: bits for name, bits in sets.items() if kept and name == PERMISSIONS}

    for name in change.cleared:
        properties.pop(name, None)
        sets.pop(name, None)

    for name, bits in change.bits.items():
        sets[name] = {**sets.get(name, {}), **bits}

    account.people.replace_properties(contact, properties | change.values)
    contact.sets = sets
