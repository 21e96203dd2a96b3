"""The syncs from Spotler to Dataverse: what they read and write, and their work by kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.adapters.dataverse.contact_book import DataverseContactBook
from connector.adapters.dataverse.mailing_book import DataverseMailingBook
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.feeds import SpotlerContactFeed, SpotlerMailingFeed
from connector.application.contacts_to_dataverse import ContactsToDataverse
from connector.application.job_ports import PageWork
from connector.application.mailings_to_dataverse import MailingsToDataverse
from connector.application.ports import CrmGateway, MappingStore, MarketingGateway, RecordStore
from connector.application.receive_webhook import OUR_TAG, Ourselves
from connector.application.to_dataverse_ports import (
    ContactBook,
    ContactFeed,
    MailingBook,
    MailingFeed,
)
from connector.bootstrap.connection import SpotlerParts
from connector.bootstrap.crm import Crm
from connector.domain.job import JobKind


@dataclass(frozen=True, slots=True)
class ToDataverse:
    """Is what only the syncs from Spotler to Dataverse need."""

    contact_feed: ContactFeed
    contact_book: ContactBook
    mailing_feed: MailingFeed
    mailing_book: MailingBook

    def work(
        self,
        *,
        ourselves: Ourselves,
        crm: CrmGateway,
        marketing: MarketingGateway,
        records: RecordStore,
        mappings: MappingStore,
    ) -> Mapping[JobKind, PageWork]:
        """Return the work of both; each does its own previews."""
        return {
            JobKind.CONTACTS_TO_DATAVERSE: ContactsToDataverse(
                self.contact_feed,
                self.contact_book,
                crm,
                marketing,
                records,
                mappings,
                ourselves.organisation,
                ourselves.user,
                lambda: datetime.now(UTC),
            ),
            JobKind.MAILINGS_TO_DATAVERSE: MailingsToDataverse(
                self.mailing_feed, self.mailing_book, ourselves.organisation
            ),
        }


def make_to_dataverse(crm: Crm, spotler: SpotlerParts, dialect: SpotlerDialect) -> ToDataverse:
    """Wire the adapters on the clients that all others use too."""
    return ToDataverse(
        SpotlerContactFeed(spotler.client, spotler.marketing, dialect=dialect),
        DataverseContactBook(crm.client, OUR_TAG),
        SpotlerMailingFeed(spotler.client, dialect=dialect),
        DataverseMailingBook(crm.client, OUR_TAG),
    )
