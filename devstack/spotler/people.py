"""The contacts of an account, and the three ways to find them: external id, e-mail, change."""

import dataclasses
import hashlib
from collections.abc import Sequence

from devstack.spotler.dates import Clock, Milliseconds
from devstack.spotler.waiting import Changes

type Value = str | int


@dataclasses.dataclass(slots=True, eq=False)
class Contact:
    """One contact; `sets` holds the bits of each set property that were ever given a value."""

    encrypted_id: str
    external_id: str | None
    created: Milliseconds
    last_changed: Milliseconds
    test_group: bool = False
    temporary: bool = False
    properties: dict[str, Value] = dataclasses.field(default_factory=dict)
    sets: dict[str, dict[int, bool]] = dataclasses.field(default_factory=dict)
    inactive: bool = False
    anonymised: bool = False
    bounced: bool = False
    hides_encrypted_id: bool = False

    @property
    def key(self) -> str:
        """Return the id by which the control API knows the contact."""
        return self.external_id or self.encrypted_id


class People:
    """The contacts; every lookup costs the same whatever their number."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._made = 0
        self._by_encrypted: dict[str, Contact] = {}
        self._by_external: dict[str, Contact] = {}
        self._by_email: dict[str, dict[str, Contact]] = {}
        # A dict keeps the order of insertion: who changes now moves to the end at no cost.
        self._feed: dict[str, Contact] = {}
        self._newest = 0
        self._unordered = False
        self._listed: list[Contact] | None = None

    def __len__(self) -> int:
        return len(self._by_encrypted)

    def all(self) -> Sequence[Contact]:
        """Return every contact in the order in which it last changed."""
        if self._unordered:
            ordered = sorted(self._feed.values(), key=lambda contact: contact.last_changed)
            self._feed = {contact.encrypted_id: contact for contact in ordered}
            self._unordered, self._listed = False, None

        if self._listed is None:
            self._listed = list(self._feed.values())

        return self._listed

    def find(self, external_id: str) -> Contact | None:
        """Return the contact of an external id."""
        return self._by_external.get(external_id)

    def find_any(self, key: str) -> Contact | None:
        """Return the contact of an external id or, for those without, of an encrypted id."""
        return self._by_external.get(key) or self._by_encrypted.get(key)

    def with_email(self, email: str) -> list[Contact]:
        """Return the contacts of an e-mail address, whatever its case, oldest first."""
        return list(self._by_email.get(email.lower(), {}).values())

    def add(self, external_id: str | None) -> Contact:
        """Make a contact without properties."""
        now = self._clock()
        self._made += 1
        encrypted_id = hashlib.blake2s(str(self._made).encode(), digest_size=6).hexdigest()
        contact = Contact(encrypted_id, None, created=now, last_changed=now)
        self._by_encrypted[encrypted_id] = contact
        self._move_to_end(contact)
        if external_id is not None:
            self.bind(contact, external_id)

        return contact

    def bind(self, contact: Contact, external_id: str) -> None:
        """Give a contact an external id, and take it from who had it."""
        former = self._by_external.get(external_id)
        if former is contact:
            return

        if former is not None:
            former.external_id = None

        if contact.external_id is not None:
            del self._by_external[contact.external_id]

        contact.external_id = external_id
        self._by_external[external_id] = contact

    def replace_properties(self, contact: Contact, properties: dict[str, Value]) -> None:
        """Give a contact other properties and keep the e-mail index true."""
        before, after = contact.properties.get("email"), properties.get("email")
        contact.properties = properties
        if before == after:
            return

        if before is not None:
            self._by_email[str(before).lower()].pop(contact.encrypted_id)

        if after is not None:
            self._by_email.setdefault(str(after).lower(), {})[contact.encrypted_id] = contact

    def forget(self, contact: Contact) -> None:
        """Lose a contact, as if it had never been there."""
        self.replace_properties(contact, {})
        del self._by_encrypted[contact.encrypted_id]
        del self._feed[contact.encrypted_id]
        if contact.external_id is not None:
            del self._by_external[contact.external_id]

        self._listed = None
        self._changes.notify()

    def touch(self, contact: Contact, moment: Milliseconds | None = None) -> None:
        """Note that a contact changed, now or at a given moment."""
        contact.last_changed = self._clock() if moment is None else moment
        self._move_to_end(contact)
        self._changes.notify()

    def _move_to_end(self, contact: Contact) -> None:
        self._feed.pop(contact.encrypted_id, None)
        self._feed[contact.encrypted_id] = contact
        self._listed = None
        if contact.last_changed < self._newest:
            self._unordered = True
        else:
            self._newest = contact.last_changed
