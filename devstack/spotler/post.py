"""What was mailed and what people did with it; every feed and report is read from here."""

import bisect
import dataclasses
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from devstack.spotler.dates import Clock, Milliseconds
from devstack.spotler.people import Contact


class Kind(StrEnum):
    """What happened between a mailing and a contact."""

    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A link in a mailing; `type` is set for the vendor's special links."""

    id: int
    name: str
    url: str
    type: str | None = None


@dataclasses.dataclass(slots=True)
class Mailing:
    """A mass mailing or, when `campaign` is set, the mail that a campaign sends."""

    encrypted_id: str
    name: str
    start: Milliseconds
    type: Literal["EMAIL", "SMS"] = "EMAIL"
    subject: str = ""
    campaign: bool = False
    links: list[Link] = dataclasses.field(default_factory=list)
    trend_report_id: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Interaction:
    """One thing that happened; `participation` belongs to campaign mail."""

    id: int
    kind: Kind
    mailing: Mailing
    contact: Contact
    when: Milliseconds
    changed: Milliseconds
    link_id: int | None = None
    hard: bool = False
    participation: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TrendReport:
    """A report over several mailings."""

    id: int
    name: str
    created: Milliseconds
    enabled: bool = True
    target: str = "B2B"
    content_type: str = "MARKETING"


class Post:
    """The mailings of an account and all interactions, each list ordered by date."""

    def __init__(self, mailings: Iterable[Mailing], clock: Clock) -> None:
        self._clock = clock
        self._mailings = {mailing.encrypted_id: mailing for mailing in mailings}
        self._recorded = 0
        self._feeds: dict[Kind, list[Interaction]] = {}
        self._by_mailing: dict[tuple[str, Kind], list[Interaction]] = {}
        self._by_contact: dict[tuple[str, Kind], list[Interaction]] = {}

    def all_mailings(self) -> list[Mailing]:
        """Return every mailing, those of campaigns as well."""
        return list(self._mailings.values())

    def find(self, encrypted_id: str) -> Mailing | None:
        """Return the mailing of a key."""
        return self._mailings.get(encrypted_id)

    def put(self, mailing: Mailing) -> None:
        """Add a mailing, or replace the one of that key."""
        self._mailings[mailing.encrypted_id] = mailing

    def feed(self, kind: Kind) -> list[Interaction]:
        """Return all interactions of a kind, oldest first."""
        return self._feeds.get(kind, [])

    def of_mailing(self, mailing: Mailing, kind: Kind) -> list[Interaction]:
        """Return what happened with one mailing, oldest first."""
        return self._by_mailing.get((mailing.encrypted_id, kind), [])

    def of_contact(self, contact: Contact, kind: Kind) -> list[Interaction]:
        """Return what happened with one contact, oldest first."""
        return self._by_contact.get((contact.encrypted_id, kind), [])

    def record(
        self,
        kind: Kind,
        mailing: Mailing,
        contact: Contact,
        *,
        when: Milliseconds | None = None,
        link_id: int | None = None,
        hard: bool = False,
        participation: int | None = None,
    ) -> Interaction:
        """Note that something happened, now or at a given moment."""
        now = self._clock()
        self._recorded += 1
        interaction = Interaction(
            self._recorded,
            kind,
            mailing,
            contact,
            when=now if when is None else when,
            changed=now,
            link_id=link_id,
            hard=hard,
            participation=participation,
        )
        for listed in (
            self._feeds.setdefault(kind, []),
            self._by_mailing.setdefault((mailing.encrypted_id, kind), []),
            self._by_contact.setdefault((contact.encrypted_id, kind), []),
        ):
            bisect.insort(listed, interaction, key=lambda one: one.when)

        return interaction
