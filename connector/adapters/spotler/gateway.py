"""Writes people to Spotler: fulfils the use cases' `MarketingGateway`."""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from http import HTTPStatus

from connector.adapters.spotler.answer import RefusedError
from connector.adapters.spotler.budget import Budget
from connector.adapters.spotler.catalogue import CatalogueReader
from connector.adapters.spotler.clearing import Spared, is_filled, spare_others
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.comparison import differing
from connector.adapters.spotler.contacts import Json, to_withdrawal
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.held import read_options, to_person
from connector.adapters.spotler.list_saving import ListSaving, Rejections, check_list
from connector.adapters.spotler.models import HeldContact
from connector.adapters.spotler.reading import Reading
from connector.domain.contact import Account, ExternalId, MarketingContact
from connector.domain.errors import (
    ConfigurationError,
    ContactRejectedError,
    TransientError,
)
from connector.domain.looked_up import HeldPerson
from connector.domain.property import Catalogue

log = logging.getLogger(__name__)

PERMISSIONS = "permissions"

FRESH_SECONDS = 30.0
"""How long a worker may go on with fields that it read; what is shown or hidden counts then."""


class SpotlerGateway:
    """Speaks for the use cases to one Spotler account.

    `purge` is false in every call: what is not sent is not touched.
    """

    def __init__(
        self,
        client: SpotlerClient,
        *,
        dialect: SpotlerDialect | None = None,
        catalogue_seconds: float = FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        catalogue: CatalogueReader | None = None,
    ) -> None:
        """Take the raw calls, and for how long a catalogue stays good."""
        self._client = client
        self._dialect = dialect or SpotlerDialect()
        self._clock = clock
        self._reading = Reading(client, self._dialect.merges_by_address)
        self._catalogue = catalogue or CatalogueReader(
            client, seconds=catalogue_seconds, clock=clock
        )

    @property
    def merges_by_address(self) -> bool:
        """Tell whether the account may know a contact by its address, whatever its id."""
        return self._dialect.merges_by_address

    async def account(self, *, now: bool = False) -> Account:
        """Return the account that calls go to, on demand the one that is connected now."""
        return await self._client.account(now=now)

    def for_account(self, account: Account) -> "SpotlerGateway":
        """Return a gateway to one account alone; it shares connections and fields with this one."""
        client = self._client.for_account(account)
        catalogue = self._catalogue.over(client)

        return SpotlerGateway(client, dialect=self._dialect, clock=self._clock, catalogue=catalogue)

    async def get_catalogue(self) -> Catalogue:
        """Return the visible contact fields of the account, as read not long ago."""
        return await self._catalogue.get()

    async def check(self) -> Catalogue:
        """Return the visible contact fields, read now; raise when Spotler does not know us."""
        return await self._catalogue.refresh()

    async def save_contacts(self, contacts: Sequence[MarketingContact]) -> Rejections:
        """Create or update at most 100 people in one call; return only those that were refused.

        A list that is refused as a whole is bisected, as far as its budget goes. What it does not
        reach is refused for now: what was saved stays saved. Where the account recognises people
        by address, nothing is cleared of who may be somebody else.
        """
        check_list(contacts)
        if not contacts:
            return {}

        spared = Spared(contacts, {})
        if self.merges_by_address:
            spared = await spare_others(contacts, self._reading)

        types = {field.name: field.type for field in await self.get_catalogue()}
        saving = ListSaving(self._client, types, self._dialect, Budget(self._clock))

        return spared.rejections | await saving.run(spared.contacts)

    async def find_differences(self, contact: MarketingContact) -> Mapping[str, bool] | None:
        """Return which properties Spotler holds otherwise; None when it does not know the contact.

        An account that recognises people by address knows one by theirs, whatever the id.
        """
        own = await self._reading.find(contact.external_id)
        held = await self._reading.meet(contact, own) or own
        if held is None:
            return None

        clears = not self.merges_by_address or (held is own and is_filled(contact, own))
        sent = contact if clears else contact.without_clearing()
        person = to_person(contact.external_id, held, await self.get_catalogue())

        return await self.find_differences_with(sent, person)

    async def find_differences_with(
        self, contact: MarketingContact, held: HeldPerson
    ) -> Mapping[str, bool]:
        """Return which properties somebody holds otherwise, and of each if there is a value."""
        types = {field.name: field.type for field in await self.get_catalogue()}
        shown = {one.property: one.value for one in held.properties}

        return differing(contact.properties, shown, types)

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        """Return a person as Spotler shows them; None when it knows nobody by the id."""
        held = await self._find(external_id, lambda held: held)
        return to_person(external_id, held, await self.get_catalogue()) if held else None

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        """Return the readable people of an address."""
        found = await self._reading.search_all(address)
        if None in found:
            log.warning("each person that spotler finds must be readable: some are not")

        catalogue = await self.get_catalogue()

        return [
            to_person(to_id(held.external_id), held, catalogue)
            for held in found
            if held is not None
        ]

    async def find_permissions(self, external_id: ExternalId) -> Mapping[int, bool] | None:
        """Return what a person allows, by bit: what was never given is told as off.

        Whether Spotler lists what is off is not proven, nor whether it does of who has nothing on.
        """
        bits = await self._list_permissions()

        return await self._find(
            external_id, lambda held: read_options(held, external_id, PERMISSIONS, bits)
        )

    async def _find[T](self, external_id: ExternalId, read: Callable[[HeldContact], T]) -> T | None:
        try:
            return await self._reading.find_of(external_id, read)
        except RefusedError as exc:
            said = f"spotler must show the contact: {exc.code}"
            raise ContactRejectedError(said, code=exc.code) from exc

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        """Switch permissions of one person off, every one where no bits are named."""
        wanted = await self._list_permissions() if bits is None else sorted(bits)

        return await self._put("/contact/{}", external_id, to_withdrawal(external_id, wanted))

    async def anonymise(self, external_id: ExternalId) -> bool:
        """Make one person unrecognisable; False when Spotler does not know them."""
        return await self._put("/contact/anonymize/{}", external_id)

    async def _list_permissions(self) -> tuple[int, ...]:
        """Return the bits of all permissions; hidden ones could be neither read nor withdrawn.

        One that cannot be read would stay on for ever, and nobody would know.
        """
        shown = [field for field in await self.get_catalogue() if field.name == PERMISSIONS]
        bits = tuple(dict.fromkeys(bit for field in shown for bit in field.bits))
        if not bits:
            raise ConfigurationError("the permissions must be visible in spotler")

        if not all(field.is_whole for field in shown):
            raise ConfigurationError("each permission of spotler's must be readable: some are not")

        return bits

    async def _put(self, path: str, external_id: ExternalId, body: Json | None = None) -> bool:
        try:
            await self._client.put(path, external_id, body=body)
        except RefusedError as exc:
            if exc.is_unknown_contact:
                return False

            if exc.status == HTTPStatus.NOT_FOUND:
                raise ConfigurationError(f"spotler must offer {path}: {exc.code}") from exc

            if exc.is_of_request:
                raise TransientError(f"spotler must take the request: {exc.code}") from exc

            said = f"spotler must accept the contact: {exc.code}"
            raise ContactRejectedError(said, code=exc.code) from exc

        return True


def to_id(said: str | None) -> ExternalId | None:
    """Return an external id; an empty one is none."""
    return ExternalId(said) if said else None
