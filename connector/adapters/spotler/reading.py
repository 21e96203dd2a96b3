"""Contacts as they are found in Spotler, by their id or by an address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.adapters.spotler.answer import UNKNOWN_CONTACT, RefusedError
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.models import (
    HELD_CONTACT,
    HeldContact,
    parse,
    parse_each,
    to_items,
)
from connector.domain.contact import ExternalId, MarketingContact
from connector.domain.mapping import EMAIL
from connector.domain.match import normal_address

PEOPLE_PER_SEARCH = 100
SEARCHES_PER_ADDRESS = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of contacts in an account that merges by address, or does not."""

    client: SpotlerClient
    merges_by_address: bool

    async def find(self, external_id: ExternalId) -> HeldContact | None:
        """Return a contact; None when Spotler does not know the id."""
        return await self.find_of(external_id, lambda held: held)

    async def find_of[T](
        self, external_id: ExternalId, read: Callable[[HeldContact], T]
    ) -> T | None:
        """Return what can be read of a contact; None when Spotler does not know the id."""
        try:
            return await self.client.get(
                "/contact/{}", external_id, read=lambda answer: read(to_held(answer))
            )
        except RefusedError as exc:
            if exc.is_unknown_contact:
                return None
            raise

    async def search(self, address: str) -> Sequence[HeldContact | None]:
        """Return the contacts of an address, the first hundred at most; None is unreadable."""
        return _of(address, await self._search(address))

    async def search_all(self, address: str) -> Sequence[HeldContact | None]:
        """Return the contacts of an address, however many share it; None is unreadable.

        Whoever takes no offset answers with the same contacts again.
        """
        found: list[HeldContact | None] = []
        page: Sequence[HeldContact | None] = ()
        for number in range(SEARCHES_PER_ADDRESS):
            before, page = page, await self._search(address, number * PEOPLE_PER_SEARCH)
            found += page if page != before else ()
            if page == before or len(page) < PEOPLE_PER_SEARCH:
                break

        return _of(address, found)

    async def _search(self, address: str, after: int = 0) -> Sequence[HeldContact | None]:
        """Ask for a hundred contacts.

        The query is known from clients alone: only `email=` with an address is evidenced.
        """
        query = {"MPSearchQuery": f"{EMAIL.what}={address}", "pageSize": str(PEOPLE_PER_SEARCH)}
        offset = {"after": str(after)} if after else {}
        try:
            return await self.client.get("/contact/search", query=query | offset, read=to_found)
        except RefusedError as exc:
            if exc.code == UNKNOWN_CONTACT:
                return ()
            raise

    async def meet(self, contact: MarketingContact, own: HeldContact | None) -> HeldContact | None:
        """Return what saving would change, given what has the id; None is nothing, or unreadable.

        An account that merges takes a contact for whoever has its address, and only then goes by
        the id.
        """
        address = contact.properties.get(EMAIL.what)
        if not self.merges_by_address or not isinstance(address, str):
            return own

        held = address_of(own) if own else None
        if held is not None and is_alike(held, address):
            return own

        found = await self.search(address)

        return next(filter(None, found), None) if found else own


def to_held(answer: object) -> HeldContact:
    """Return the contact that an answer shows."""
    return parse(HELD_CONTACT, answer)


def to_found(answer: object) -> Sequence[HeldContact | None]:
    """Return the contacts that a search found; None is unreadable."""
    return parse_each(HELD_CONTACT, to_items(answer, within="contacts"))


def _of(address: str, found: Sequence[HeldContact | None]) -> Sequence[HeldContact | None]:
    """Leave out contacts of other addresses: how exactly Spotler searches is not documented."""
    return [one for one in found if one is None or is_alike(address_of(one), address)]


def address_of(held: HeldContact) -> str | None:
    """Return the address that Spotler shows of a contact; None when it shows none."""
    address = held.properties.get(EMAIL.what)

    return address if isinstance(address, str) and address else None


def is_alike(held: str | None, address: str) -> bool:
    """Tell whether a contact has an address, or does not show its own."""
    return held is None or to_plain_address(held) == to_plain_address(address)


def to_plain_address(said: str) -> str:
    """Return an address in the one spelling in which addresses are compared."""
    return normal_address(said) or said.strip().casefold()
