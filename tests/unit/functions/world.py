"""The services of a function, all of them fakes."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from connector import functions
from connector.application.activity_keeping import ActivityKeeping
from connector.application.receive_webhook import Ourselves
from connector.bootstrap import Services
from connector.bootstrap.to_dataverse import ToDataverse
from connector.domain.contact import OrganisationId
from connector.settings import Settings
from tests.audit import FakeTrail
from tests.builders import ORGANISATION
from tests.checks import FakeStatus
from tests.connections import FakeLicensing, FakeOffice
from tests.fakes import (
    FakeCrm,
    FakeMappings,
    FakeMarketing,
    FakeParking,
    FakeQueue,
    FakeRawQueue,
    FakeRecords,
    FakeRelated,
    FakeSignIn,
)
from tests.jobs import FakeKeeping
from tests.mappings import FakeKeeping as FakeEditing
from tests.review import FakeReview
from tests.spotler_people import (
    FakeContactBook,
    FakeContactFeed,
    FakeMailingBook,
    FakeMailingFeed,
)

SECRET = "current-secret-42"
PREVIOUS = "previous-sécret-41"
OUR_USER = "11111111-2222-3333-4444-555555555555"
ENVIRONMENT = {
    "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
    "DATAVERSE_ORGANISATION_ID": ORGANISATION,
    "DATAVERSE_USER_ID": OUR_USER,
    "KEY_VAULT_URL": "https://contoso.vault.azure.net",
    "WEBHOOK_SECRET": SECRET,
    "WEBHOOK_SECRET_PREVIOUS": PREVIOUS,
    "ServiceBusConnection": "Endpoint=sb://unused.servicebus.windows.net;SharedAccessKeyName=a;SharedAccessKey=b",
    "TablesConnection": "AccountName=unused;AccountKey=dW51c2Vk",
}


@dataclass(slots=True)
class FakeCounter:
    """Is the `Counter` port: `counts` by name and labels."""

    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        self.counts[name, *(str(label) for label in labels.values())] += amount


class World:
    """Is what a function finds around itself; each part may be looked at and told to fail."""

    def __init__(self) -> None:
        self.crm = FakeCrm()
        self.related = FakeRelated(self.crm)
        self.marketing = FakeMarketing()
        self.records = FakeRecords()
        self.mappings = FakeMappings()
        self.parking = FakeParking()
        self.queue = FakeQueue()
        self.raw_queues = {"changes": FakeRawQueue(), "jobs": FakeRawQueue()}
        self.trail = FakeTrail()
        self.sign_in: FakeSignIn | None = FakeSignIn()
        self.jobs = FakeKeeping()
        self.contact_feed = FakeContactFeed()
        self.mailing_feed = FakeMailingFeed()
        self.mailing_book = FakeMailingBook()
        self.review = FakeReview(self.records, self.parking, self.crm)
        self.editing = FakeEditing(self.mappings, self.marketing)
        self.counter = FakeCounter()
        self.licensing = FakeLicensing()
        self.now = 0.0
        self.office = FakeOffice(self.crm, self.marketing, self.licensing, lambda: self.now)
        self.activity = ActivityKeeping(self.office.status, lambda: self.now, pause_seconds=0)
        self.others: dict[OrganisationId, ActivityKeeping] = {}

    def activity_of(self, organisation: OrganisationId) -> ActivityKeeping:
        """Return what is noted of an organisation that the settings do not name, or of ours."""
        others = ActivityKeeping(FakeStatus(), lambda: self.now, pause_seconds=0)

        return (
            self.activity
            if organisation == ORGANISATION
            else self.others.setdefault(organisation, others)
        )

    def services(self, **environment: str) -> Services:
        """Return the services, as the environment says where it differs."""
        settings = Settings.from_env(ENVIRONMENT | environment)

        return Services(
            settings=settings,
            ourselves=Ourselves(ORGANISATION, OUR_USER),
            webhook_secrets=settings.webhook_secrets(),
            crm=self.crm,
            related=self.related,
            marketing=self.marketing,
            records=self.records,
            mappings=self.mappings,
            mapping_keeping=self.editing.keeping(),
            parking=self.parking,
            held=self.parking,
            queue=self.queue,
            webhook_queue=self.queue,
            connections=self.office.checker,
            activity=self.activity,
            activity_of=self.activity_of,
            counter=self.counter,
            trail=self.trail,
            jobs=self.jobs.keeping(),
            raw_queues=self.raw_queues,
            review=self.review.review(),
            to_dataverse=ToDataverse(
                self.contact_feed, FakeContactBook(self.crm), self.mailing_feed, self.mailing_book
            ),
            connecting=self.office.connecting,
            licence=self.licensing.keeping,
        )


def put_everywhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put all functions in a world."""
    use_everywhere("services", world.services(), monkeypatch)
    use_everywhere("sign_in", world.sign_in, monkeypatch)
    use_everywhere("counter", world.counter, monkeypatch)


def use_everywhere(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every module of the functions that asks for it what is returned under a name."""
    for module in functions_that_ask(name):
        monkeypatch.setattr(module, name, lambda: value)


def functions_that_ask(name: str) -> Iterator[ModuleType]:
    """Yield every module of the functions that has something of a name from elsewhere."""
    for found in pkgutil.walk_packages(functions.__path__, f"{functions.__name__}."):
        module = importlib.import_module(found.name)
        if callable(getattr(module, name, None)) and found.name.rpartition(".")[2] != name:
            yield module
