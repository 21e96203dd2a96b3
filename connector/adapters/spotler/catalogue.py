"""Spotler's contact fields in our words, read once in a while."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.adapters.spotler.answer import RefusedError
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.models import (
    DOCUMENTED,
    ENTRY,
    PROPERTY,
    ContactProperty,
    UnreadableAnswerError,
    parse_each,
    parse_or_none,
    to_items,
)
from connector.domain.contact import Account
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.property import Catalogue, Property, PropertyKind, PropertyType

log = logging.getLogger(__name__)

KINDS = {"freeField": PropertyKind.FREE, "profileField": PropertyKind.PROFILE}

TYPES: Mapping[str, PropertyType] = {
    "string": PropertyType.STRING,
    "email": PropertyType.EMAIL,
    "postcode": PropertyType.POSTCODE,
    "mobNr": PropertyType.MOBILE,
    "gender": PropertyType.GENDER,
    "birthdate": PropertyType.BIRTHDATE,
    "date": PropertyType.DATE,
    "dateTime": PropertyType.DATE_TIME,
    "int": PropertyType.INT,
    "money": PropertyType.MONEY,
    "set": PropertyType.SET,
}


LONGEST_SECONDS = 600.0
"""How long a catalogue may be used while Spotler does not answer."""


@dataclass(slots=True)
class KeptCatalogue:
    """The catalogue that was read last, of which account, and until when it is good."""

    catalogue: Catalogue = ()
    account: Account | None = None
    read_at: float = float("-inf")
    good_until: float = float("-inf")
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class CatalogueReader:
    """Reads the catalogue at most once in `seconds`, however many ask for it at a time.

    That of one account is never taken for that of another.
    """

    def __init__(
        self,
        client: SpotlerClient,
        *,
        seconds: float,
        clock: Callable[[], float],
        kept: KeptCatalogue | None = None,
    ) -> None:
        """Take how long a catalogue stays good, and a clock that never goes back."""
        self._client = client
        self._seconds = seconds
        self._clock = clock
        self._kept = kept or KeptCatalogue()

    def over(self, client: SpotlerClient) -> "CatalogueReader":
        """Return a reader over another client, which shares what is read."""
        return CatalogueReader(client, seconds=self._seconds, clock=self._clock, kept=self._kept)

    async def get(self) -> Catalogue:
        """Return the catalogue; nobody waits for a read as long as the last one is good.

        While Spotler does not answer, one that is not too old is better than none.
        """
        account = await self._client.account()
        if self._is_old(account):
            async with self._kept.reading:
                if self._is_old(account):
                    await self._renew(account)

        return self._kept.catalogue

    async def refresh(self) -> Catalogue:
        """Read the catalogue now; a read that fails leaves the last one as it is."""
        account = await self._client.account()
        catalogue = await self._read(account)
        kept = self._kept
        kept.catalogue, kept.account, kept.read_at = catalogue, account, self._clock()
        kept.good_until = kept.read_at + self._seconds

        return catalogue

    async def _renew(self, account: Account) -> None:
        kept = self._kept
        try:
            await self.refresh()
        except TransientError:
            is_too_old = self._clock() - kept.read_at >= LONGEST_SECONDS
            if is_too_old or account != kept.account:
                raise
            kept.good_until = self._clock() + self._seconds

    def _is_old(self, account: Account) -> bool:
        return account != self._kept.account or self._clock() >= self._kept.good_until

    async def _read(self, account: Account) -> Catalogue:
        try:
            client = self._client.for_account(account)
            return await client.get("/contact/properties/list", read=to_catalogue)
        except RefusedError as exc:
            raise ConfigurationError("spotler must show us its contact fields") from exc


def to_catalogue(answer: object) -> Catalogue:
    """Return the fields that can be read; no account is without any, so none is no answer."""
    items = to_items(answer)
    fields: list[Property] = []
    for place, item in enumerate(items):
        read = parse_or_none(PROPERTY, item)
        if read is None:
            log.warning("a contact field of spotler's must be readable: left out is item %d", place)
        else:
            fields.append(to_property(read))

    if answer is None or (items and not fields):
        raise UnreadableAnswerError(DOCUMENTED)

    return tuple(fields)


def to_property(read: ContactProperty) -> Property:
    """Return a field as the domain knows it, with those of its options that can be read."""
    entries = parse_each(ENTRY, read.entries if isinstance(read.entries, list) else ())
    if None in entries:
        log.warning("each option of spotler's field %s must be readable: some are not", read.name)

    return Property(
        name=read.name,
        label=read.description or read.name,
        type=TYPES.get(read.type, PropertyType.OTHER),
        kind=to_kind(read.name),
        bits=tuple(entry.bit for entry in entries if entry is not None),
        is_whole=None not in entries,
    )


def to_kind(name: str) -> PropertyKind:
    """Return the screen that a field belongs to; its stable name tells."""
    kinds = (kind for prefix, kind in KINDS.items() if name.startswith(prefix))

    return next(kinds, PropertyKind.CONTACT)
