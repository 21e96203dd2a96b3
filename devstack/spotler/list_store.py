"""The temporary lists of an account."""

import dataclasses
from collections.abc import Iterable

from devstack.spotler.dates import Milliseconds
from devstack.spotler.people import Contact


@dataclasses.dataclass(slots=True)
class TemporaryList:
    """A named set of contacts; only lists made through the API have an external id."""

    name: str
    created: Milliseconds
    external_id: str | None = None
    type: str = "API"
    in_use: bool = False
    members: dict[str, Contact] = dataclasses.field(default_factory=dict)

    def add(self, contacts: Iterable[Contact]) -> None:
        """Append contacts; who is on the list already stays once."""
        self.members.update((contact.encrypted_id, contact) for contact in contacts)


class Lists:
    """All temporary lists, with unique names and unique external ids."""

    def __init__(self, lists: Iterable[TemporaryList]) -> None:
        self._lists = {one.name: one for one in lists}
        self._by_external: dict[str, TemporaryList] = {}

    def __len__(self) -> int:
        return len(self._lists)

    def all(self) -> list[TemporaryList]:
        """Return every list, oldest first."""
        return list(self._lists.values())

    def find(self, external_id: str) -> TemporaryList | None:
        """Return the list of an external id."""
        return self._by_external.get(external_id)

    def has_name(self, name: str) -> bool:
        """Say whether a name is taken."""
        return name in self._lists

    def add(self, temporary_list: TemporaryList) -> None:
        """Keep a new list."""
        self._lists[temporary_list.name] = temporary_list
        if temporary_list.external_id is not None:
            self._by_external[temporary_list.external_id] = temporary_list

    def remove(self, temporary_list: TemporaryList) -> None:
        """Delete a list."""
        del self._lists[temporary_list.name]
        if temporary_list.external_id is not None:
            del self._by_external[temporary_list.external_id]
