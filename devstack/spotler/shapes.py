"""What contacts and moments look like in an answer."""

from collections.abc import Mapping

from devstack.spotler.account import Account
from devstack.spotler.dates import Milliseconds, rendered, to_moment
from devstack.spotler.fields import PERMISSIONS, Field, FieldType
from devstack.spotler.people import Contact, Value

_DATES = (FieldType.BIRTHDATE, FieldType.DATE, FieldType.DATE_TIME)


def contact_date(account: Account, moment: Milliseconds) -> int | str:
    """Return a moment as the contact, bounce and temporary list resources show it."""
    return rendered(moment, account.options.contact_dates, account.options.default_zone)


def mailing_date(account: Account, moment: Milliseconds) -> int | str:
    """Return a moment as mailings, histories and interactions show it."""
    return rendered(moment, account.options.mailing_dates, account.options.default_zone)


def contact_json(account: Account, contact: Contact) -> dict[str, object]:
    """Return a contact as the API shows it: visible fields with data only."""
    shown: dict[str, object] = contact_identifier(contact) | {
        "created": contact_date(account, contact.created),
        "lastChanged": contact_date(account, contact.last_changed),
        "testGroup": contact.test_group,
        "temporary": contact.temporary,
        "properties": _properties(account, contact),
        "channels": [
            {"name": name, "value": active} for name, active in channels(account, contact).items()
        ],
    }
    return shown


def contact_identifier(contact: Contact) -> dict[str, object]:
    """Return the two ids by which answers name a contact, as far as it has them."""
    encrypted_id = None if contact.hides_encrypted_id else contact.encrypted_id
    ids = {"externalId": contact.external_id, "encryptedId": encrypted_id}

    return {name: value for name, value in ids.items() if value is not None}


def channels(account: Account, contact: Contact) -> Mapping[str, bool]:
    """Return by which channels a contact can be reached."""
    fields = account.fields.visible
    mobile = any(
        fields[name].type is FieldType.MOBILE for name in contact.properties if name in fields
    )

    return {
        "EMAIL": "email" in contact.properties and not contact.inactive and not contact.bounced,
        "SMS": mobile and not contact.inactive,
    }


def bits(account: Account, contact: Contact, field: Field) -> list[dict[str, object]]:
    """Return the value of a set property, each bit with its label of today."""
    given = contact.sets.get(field.name, {})
    silenced = (
        field.name == PERMISSIONS
        and contact.inactive
        and account.options.inactive_reads == "permissions-off"
    )
    listed = list(field.entries.values())
    if account.options.permission_reads == "set-only":
        listed = [entry for entry in listed if entry.bit in given]

    return [
        {
            "bit": entry.bit,
            "enabled": given.get(entry.bit, False) and not silenced,
            "description": entry.description,
        }
        for entry in listed
    ]


def _properties(account: Account, contact: Contact) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name, field in account.fields.visible.items():
        if field.type is FieldType.SET:
            listed = bits(account, contact, field)
            if listed:
                shown[name] = listed
        elif name in contact.properties:
            shown[name] = _value(account, field, contact.properties[name])

    return shown


def _value(account: Account, field: Field, value: Value) -> object:
    options = account.options
    if field.type in _DATES and options.date_properties == "milliseconds":
        return to_moment(str(value), accepted="any", zone=options.default_zone)

    if field.type is FieldType.MONEY and options.money_properties == "number":
        return int(value)

    return value
