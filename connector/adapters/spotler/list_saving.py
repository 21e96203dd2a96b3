"""Saves a list of contacts, and bisects one that Spotler refuses as a whole."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from connector.adapters.spotler.answer import RefusedError
from connector.adapters.spotler.budget import Budget
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.contacts import (
    EMAIL_CHANNEL,
    NO_CHANNEL,
    Json,
    to_contact,
    to_list,
    to_rejections,
)
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.contact import ExternalId, MarketingContact, Rejection
from connector.domain.errors import ConfigurationError, System
from connector.domain.property import PropertyType

LARGEST_LIST = 100
LISTS_SIDE_BY_SIDE = 4
"""Half of the client's connections: other batches, and people who leave, have the rest."""

NOT_TRIED = "NOT_TRIED"

type Rejections = dict[ExternalId, Rejection]
type Contacts = Sequence[MarketingContact]


@dataclass(frozen=True, slots=True)
class ListSaving:
    """The saving of one list, within its budget."""

    client: SpotlerClient
    types: Mapping[str, PropertyType]
    dialect: SpotlerDialect
    budget: Budget

    async def run(self, contacts: Contacts) -> Rejections:
        """Save contacts; return only those that were refused."""
        rejections = await self._save(contacts, {})
        if not self.dialect.opens_email_channel:
            return rejections

        closed = [c for c in contacts if is_closed(rejections.get(c.external_id))]
        kept = {key: one for key, one in rejections.items() if not is_closed(one)}

        return kept | await self._save(closed, {"channels": [EMAIL_CHANNEL]})

    async def _save(self, contacts: Contacts, more: Json) -> Rejections:
        """Save a list; one that is refused as a whole is bisected, the smallest parts first.

        Some parts are saved side by side: a contact at fault is found after as many waits as the
        list can be halved, instead of twice as many.
        """
        rejections: Rejections = {}
        waiting = [contacts] if contacts else []
        while waiting:
            parts, waiting = waiting[:LISTS_SIDE_BY_SIDE], waiting[LISTS_SIDE_BY_SIDE:]
            # All have an answer before one fails the others: nothing goes on behind our back.
            posting = (self._post(part, more) for part in parts)
            answers = await asyncio.gather(*posting, return_exceptions=True)
            halves: list[Contacts] = []
            for part, answer in zip(parts, answers, strict=True):
                if isinstance(answer, BaseException):
                    raise answer
                if answer is None:
                    halves += [part[: len(part) // 2], part[len(part) // 2 :]]
                else:
                    rejections |= answer

            waiting = halves + waiting

        return rejections

    async def _post(self, contacts: Contacts, more: Json) -> Rejections | None:
        """Save a list in one call; None when it is refused as a whole and can be halved."""
        if not self.budget.take_call():
            not_now = Rejection(NOT_TRIED, is_transient=True)
            return {contact.external_id: not_now for contact in contacts}

        body = to_list([to_contact(one, self.types, self.dialect) | more for one in contacts])
        try:
            rejections = await self.client.post(
                "/contact/list",
                body=body,
                read=lambda answer: to_rejections(contacts, answer, self.dialect),
            )
        except RefusedError as exc:
            if exc.status == HTTPStatus.NOT_FOUND:
                raise ConfigurationError("spotler must offer lists of contacts") from exc

            if len(contacts) > 1:
                return None

            alone = Rejection(exc.code, is_transient=exc.is_of_request)

            return {contacts[0].external_id: alone}

        if len(rejections) < len(contacts):
            self.client.note(System.SPOTLER_INTAKE)

        return rejections


def check_list(contacts: Contacts) -> None:
    """Refuse a list that Spotler would refuse, or answer ambiguously."""
    if len(contacts) > LARGEST_LIST:
        raise ValueError(f"a list must not hold more than {LARGEST_LIST} contacts")

    if len({contact.external_id for contact in contacts}) < len(contacts):
        raise ValueError("a list must not hold an external id twice")


def is_closed(rejection: Rejection | None) -> bool:
    """Tell whether a contact was refused because no channel of it is active."""
    return rejection is not None and rejection.code == NO_CHANNEL
