"""Clears values only of contacts that we filled: an account may know others by their address."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from connector.adapters.spotler.answer import RefusedError
from connector.adapters.spotler.list_saving import NOT_TRIED, Contacts, Rejections
from connector.adapters.spotler.models import UNKNOWN, HeldContact
from connector.adapters.spotler.reading import Reading, address_of, to_plain_address
from connector.domain.contact import ExternalId, MarketingContact, Rejection
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    ContactRejectedError,
    RateLimitedError,
    System,
    TransientError,
    named,
)

LOOKS_SIDE_BY_SIDE = 8
PATIENCE = 2
"""So many contacts may fail for now, each alone; beyond that it is Spotler that fails."""

SECONDS_FOR_LOOKS = 60.0
"""With as many for saving, a list is done in half of what a function has."""


@dataclass(frozen=True, slots=True)
class Spared:
    """A list that clears nothing of others, without the contacts that could not be looked at."""

    contacts: Contacts
    rejections: Rejections


async def spare_others(
    contacts: Contacts, reading: Reading, *, seconds: float = SECONDS_FOR_LOOKS
) -> Spared:
    """Return a list that clears only values of contacts that are surely the ones we filled.

    A contact that Spotler does not show is refused, alone; one that it does not show in time is
    refused for now. Raises what concerns all of them.
    """
    clearing = [one for one in contacts if one.clears]
    looks = _Looks(reading, iter(clearing))
    workers = (looks.run() for _ in range(min(LOOKS_SIDE_BY_SIDE, len(clearing))))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*workers)

    looks.give_up([one for one in clearing if one.external_id not in looks.done])
    left = [one for one in contacts if one.external_id not in looks.rejections]
    is_vain = not left and len(looks.failures) == len(clearing)
    if cause := looks.cause or (looks.failures[0] if is_vain else None):
        with named(System.SPOTLER_PEOPLE):
            raise cause

    spared = [one if one.external_id in looks.ours else one.without_clearing() for one in left]
    # First of all, before another one of the list takes the address, and the contact with it.
    first = sorted(spared, key=lambda one: not one.clears)

    return Spared(first, looks.rejections)


def is_filled(contact: MarketingContact, held: HeldContact | None) -> bool:
    """Tell whether a contact of Spotler's may have what we filled: its address says so, if any."""
    address = address_of(held) if held else None
    plain = to_plain_address(address) if address else None

    return held is not None and contact.was_filled_at(plain)


@dataclass(slots=True)
class _Looks:
    """A look at each contact that clears, by workers that share what is left.

    `cause` is why none goes on: what concerns all contacts, or is the last of too many failures.
    """

    reading: Reading
    left: Iterator[MarketingContact]
    done: set[ExternalId] = field(default_factory=set)
    ours: set[ExternalId] = field(default_factory=set)
    rejections: Rejections = field(default_factory=dict)
    failures: list[TransientError] = field(default_factory=list)
    cause: ConnectorError | None = None

    async def run(self) -> None:
        """Look at one contact after the other."""
        while self.cause is None and (contact := next(self.left, None)):
            try:
                await self._look(contact)
                self.done.add(contact.external_id)
            except (RefusedError, ContactRejectedError) as exc:
                self.rejections[contact.external_id] = Rejection(exc.code or UNKNOWN)
            except (RateLimitedError, ConfigurationError) as exc:
                self._stop(exc)
            except TransientError as exc:
                self._fail(contact, exc)
                if len(self.failures) > PATIENCE:
                    self._stop(exc)

    def give_up(self, contacts: Contacts) -> None:
        """Let contacts wait that were not seen in time."""
        for contact in contacts:
            if contact.external_id not in self.rejections:
                self._fail(contact, TransientError("spotler must show contacts in time"))

    def _fail(self, contact: MarketingContact, cause: TransientError) -> None:
        self.rejections[contact.external_id] = Rejection(NOT_TRIED, is_transient=True)
        self.failures.append(cause)

    def _stop(self, cause: ConnectorError) -> None:
        self.cause = self.cause or cause

    async def _look(self, contact: MarketingContact) -> None:
        own = await self.reading.find(contact.external_id)
        if is_filled(contact, own) and await self._is_met(contact, own):
            self.ours.add(contact.external_id)

    async def _is_met(self, contact: MarketingContact, own: HeldContact | None) -> bool:
        """Tell whether saving changes what has the id; a search that is refused tells nothing."""
        try:
            return await self.reading.meet(contact, own) is own
        except RefusedError:
            return False
