"""Reads what an account holds: its people and its mass mailings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.adapters.spotler.answer import RefusedError
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.models import (
    DETAILS,
    FEED,
    MAILINGS,
    ContactsAnswer,
    FedContact,
    ListedMailing,
    parse,
)
from connector.domain.contact import ExternalId
from connector.domain.errors import ConfigurationError
from connector.domain.mailing import Mailing
from connector.domain.property import Catalogue, PropertyType
from connector.domain.spotler_contact import FeedPage, SpotlerContact, SpotlerKey

type Types = Mapping[str, PropertyType]


class SpotlerContactFeed:
    """Is the `ContactFeed` that reads the feed of changes from long ago.

    The versioned base answers a bare list, the other one an object with paging; both are taken
    from either. The address of a next page is only a hint that there is one.
    """

    def __init__(
        self,
        client: SpotlerClient,
        catalogue: Callable[[], Awaitable[Catalogue]],
        *,
        dialect: SpotlerDialect | None = None,
    ) -> None:
        """Take the raw calls, and what tells of which type each property is."""
        self._client = client
        self._catalogue = catalogue
        self._dialect = dialect or SpotlerDialect()

    async def read_contacts(self, *, until: datetime, offset: int, size: int) -> FeedPage:
        """Return people who last changed before a moment, in whatever order Spotler has."""
        query = {
            "fromDate": self._dialect.feed_begins,
            "toDate": to_date(until),
            "pageSize": str(size),
            "after": str(offset),
        }
        answer = parse(FEED, await _get(self._client, "/contact/updates/list", query=query))
        is_paged = isinstance(answer, ContactsAnswer)
        people = answer.contacts if isinstance(answer, ContactsAnswer) else answer
        has_next = isinstance(answer, ContactsAnswer) and bool(answer.paging and answer.paging.next)
        if not is_paged and len(people) > size:
            # Whoever takes no paging parameters answers with all there is.
            has_next, people = len(people) > offset + size, people[offset : offset + size]

        types = {field.name: field.type for field in await self._catalogue()}
        contacts = tuple(self._to_contact(one, types) for one in people)

        return FeedPage(contacts, bool(contacts) and (has_next or len(contacts) >= size))

    def _to_contact(self, read: FedContact, types: Types) -> SpotlerContact:
        values = {
            name: self._dialect.read(value, types.get(name, PropertyType.STRING))
            for name, value in read.properties.items()
        }

        return SpotlerContact(
            key=SpotlerKey(read.encrypted_id),
            external_id=ExternalId(read.external_id) if read.external_id else None,
            last_changed=self._dialect.read_moment(read.last_changed),
            properties={name: value for name, value in values.items() if value is not None},
            temporary=read.temporary,
        )


class SpotlerMailingFeed:
    """Is the `MailingFeed` of mass mailings."""

    def __init__(self, client: SpotlerClient, *, dialect: SpotlerDialect | None = None) -> None:
        """Take the raw calls."""
        self._client = client
        self._dialect = dialect or SpotlerDialect()

    async def list_mailings(self, begin: datetime, end: datetime) -> Sequence[Mailing]:
        """Return the mass mailings that were sent between two moments; their order is unknown."""
        query = {"fromDate": to_date(begin), "toDate": to_date(end)}
        listed = parse(MAILINGS, await _get(self._client, "/mailing", query=query))

        return [self._to_mailing(one) for one in listed]

    async def complete(self, mailing: Mailing) -> Mailing:
        """Return a mailing with what only its details say; one without any stays as it is."""
        try:
            answer = await self._client.get("/mailing/{}", mailing.key)
        except RefusedError:
            return mailing

        message = parse(DETAILS, answer).message

        return replace(mailing, subject=message.subject, sender=message.from_name)

    def _to_mailing(self, read: ListedMailing) -> Mailing:
        return Mailing(
            key=read.encrypted_id,
            name=read.name,
            type=read.type,
            scheduled_on=self._dialect.read_moment(read.scheduled_start_date),
            sent=read.sent_count,
            archive_link=read.archive_link,
        )


def to_date(moment: datetime) -> str:
    """Return a moment as Spotler reads it: the next whole second, and the offset."""
    whole = (moment + timedelta(microseconds=999_999)).astimezone(UTC)

    return whole.isoformat(timespec="seconds")


async def _get(client: SpotlerClient, path: str, *, query: Mapping[str, str]) -> object:
    try:
        return await client.get(path, query=query)
    except RefusedError as exc:
        raise ConfigurationError(f"spotler must offer {path}: it answered {exc.code}") from exc
