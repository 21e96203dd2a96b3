"""Reads what an account holds: its people and its mass mailings."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connector.adapters.spotler.answer import RefusedError
from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.adapters.spotler.models import (
    DETAILS,
    FED_CONTACT,
    KEY,
    MAILING,
    ListedMailing,
    MailingDetails,
    UnreadableAnswerError,
    has_next,
    parse,
    parse_each,
    parse_or_none,
    to_items,
)
from connector.domain.contact import Account, ExternalId
from connector.domain.errors import ConfigurationError
from connector.domain.mailing import Mailing, MailingList
from connector.domain.property import PropertyType
from connector.domain.spotler_contact import FeedPage, SpotlerContact, SpotlerKey

type Types = Mapping[str, PropertyType]

log = logging.getLogger(__name__)


class SpotlerContactFeed:
    """Is the `ContactFeed` that reads the feed of changes from long ago.

    The versioned base answers a bare list, the other one an object with paging; both are taken
    from either. The address of a next page is only a hint that there is one.
    """

    def __init__(
        self,
        client: SpotlerClient,
        gateway: SpotlerGateway,
        *,
        dialect: SpotlerDialect | None = None,
    ) -> None:
        """Take the raw calls, and what tells of which type each property is."""
        self._client = client
        self._gateway = gateway
        self._dialect = dialect or SpotlerDialect()

    def for_account(self, account: Account) -> "SpotlerContactFeed":
        """Return a feed of one account alone."""
        return SpotlerContactFeed(
            self._client.for_account(account),
            self._gateway.for_account(account),
            dialect=self._dialect,
        )

    async def read_contacts(self, *, until: datetime, offset: int, size: int) -> FeedPage:
        """Return people who last changed before a moment, in whatever order Spotler has."""
        query = {
            "fromDate": self._dialect.feed_begins,
            "toDate": to_date(until),
            "pageSize": str(size),
            "after": str(offset),
        }
        page = await _get(self._client, "/contact/updates/list", read=to_people, query=query)
        people, is_more = page.people, page.has_next
        if page.is_bare and len(people) > size:
            # Whoever takes no paging parameters answers with all there is.
            is_more, people = len(people) > offset + size, people[offset : offset + size]

        types = {field.name: field.type for field in await self._gateway.get_catalogue()}
        contacts = tuple(
            self._to_contact(one, types, place) for place, one in enumerate(people, offset)
        )

        return FeedPage(contacts, bool(contacts) and (is_more or len(contacts) >= size))

    def _to_contact(self, item: object, types: Types, place: int) -> SpotlerContact:
        read = parse_or_none(FED_CONTACT, item)
        if read is None:
            return to_unreadable(item, place)

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

    def for_account(self, account: Account) -> "SpotlerMailingFeed":
        """Return a feed of one account alone."""
        return SpotlerMailingFeed(self._client.for_account(account), dialect=self._dialect)

    async def list_mailings(self, begin: datetime, end: datetime) -> MailingList:
        """Return the mass mailings that were sent between two moments; their order is unknown."""
        query = {"fromDate": to_date(begin), "toDate": to_date(end)}
        items = await _get(self._client, "/mailing", read=to_items, query=query)
        read = parse_each(MAILING, items)

        return MailingList(
            tuple(self._to_mailing(one) for one in read if one is not None),
            tuple(
                self._dialect.read_moment(find_member(item, "scheduledStartDate"))
                for item, one in zip(items, read, strict=True)
                if one is None
            ),
        )

    async def complete(self, mailing: Mailing) -> Mailing:
        """Return a mailing with what only its details say; one without any stays as it is."""
        try:
            details = await self._client.get("/mailing/{}", mailing.key, read=to_details)
        except RefusedError:
            return mailing
        except UnreadableAnswerError:
            log.warning("the details of spotler's mailing %s must be readable", mailing.key)
            return mailing

        message = details.message

        return replace(mailing, subject=message.subject, sender=message.from_name)

    def _to_mailing(self, read: ListedMailing) -> Mailing:
        return Mailing(
            key=read.encrypted_id,
            name=read.name or "",
            type=read.type or "",
            scheduled_on=self._dialect.read_moment(read.scheduled_start_date),
            sent=read.sent_count,
            archive_link=read.archive_link,
        )


@dataclass(frozen=True, slots=True)
class People:
    """The items of one page of changes; a bare one is a list without paging."""

    people: list[object]
    has_next: bool
    is_bare: bool


def to_people(answer: object) -> People:
    """Return a page of changes."""
    items = to_items(answer, within="contacts")

    return People(items, has_next(answer), isinstance(answer, list))


def to_details(answer: object) -> MailingDetails:
    """Return what the details of a mailing add."""
    return parse(DETAILS, answer)


def to_unreadable(item: object, place: int) -> SpotlerContact:
    """Return the place that a person has in the feed of whom nothing else can be read.

    The key is Spotler's own id where there is one, or else the place.
    """
    key = parse_or_none(KEY, find_member(item, "encryptedId"))

    return SpotlerContact(
        key=SpotlerKey(key or f"at {place}"),
        external_id=None,
        last_changed=None,
        properties={},
        is_readable=False,
    )


def find_member(item: object, name: str) -> object:
    """Return a member of what may be no object."""
    return item.get(name) if isinstance(item, dict) else None


def to_date(moment: datetime) -> str:
    """Return a moment as Spotler reads it: the next whole second, and the offset."""
    whole = (moment + timedelta(microseconds=999_999)).astimezone(UTC)

    return whole.isoformat(timespec="seconds")


async def _get[T](
    client: SpotlerClient, path: str, *, read: Callable[[object], T], query: Mapping[str, str]
) -> T:
    try:
        return await client.get(path, read=read, query=query)
    except RefusedError as exc:
        raise ConfigurationError(f"spotler must offer {path}: it answered {exc.code}") from exc
