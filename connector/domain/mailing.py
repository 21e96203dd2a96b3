"""Mailings: what was sent to many people at once."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from connector.domain.contact import OrganisationId, RecordId

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Mailing:
    """Is one mass mailing; `key` is Spotler's own id of it.

    `subject` and `sender` are known of details only, and a text message has no subject.
    """

    key: str
    name: str
    type: str = ""
    scheduled_on: datetime | None = None
    sent: int = 0
    archive_link: str | None = None
    subject: str | None = None
    sender: str | None = None

    def fitting(self) -> "Mailing":
        """Return the mailing as a row can hold it, so that the two can be compared."""
        moment = self.scheduled_on and self.scheduled_on.replace(microsecond=0)

        return replace(self, name=self.name[:LONGEST_NAME], scheduled_on=moment)


@dataclass(frozen=True, slots=True)
class MailingList:
    """The mailings of a window; of each unreadable one there is its moment, where that is known."""

    mailings: tuple[Mailing, ...]
    unreadable: tuple[datetime | None, ...] = ()


def mailing_row(organisation: OrganisationId, mailing: Mailing) -> RecordId:
    """Return the row of a mailing: always the same one, so that it is never there twice."""
    return RecordId(str(uuid5(UUID(organisation), f"mailing:{mailing.key}")))
