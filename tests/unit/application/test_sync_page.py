"""A page of an initial sync that runs beside others counts everybody as they are in the end."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from connector.application.sync_contacts import sync_contacts
from connector.application.sync_page import PATIENT_ATTEMPTS, PageSync
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.connection import OtherAccountError, OtherOrganisationError
from connector.domain.contact import Account, ExternalId, Record, Rejection, Table
from connector.domain.decision import OnDelete
from connector.domain.errors import TransientError
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.parking import CONFIGURATION
from connector.domain.sync_state import SyncState, SyncStatus
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_change, a_contact_key, a_lead_key, a_person
from tests.connections import FakeGate
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords
from tests.jobs import a_job
from tests.unit.application.interleaved_world import ATTEMPTS, REFUSED, Seen, SeenCrm, World
from tests.unit.application.interleaving import Host, Interleaving, Limits, Message, Queue, Script

JOB = a_job()
STEP = JOB.step(ORGANISATION)
BROKEN = Rejection("ERROR", is_transient=True)
OF_THE_PAGE = "of the page"

scripts = st.builds(
    Script, st.binary(min_size=200, max_size=200), calm=st.sampled_from([100, 160, 200, 230])
)


@dataclass(slots=True)
class Page:
    """Is one page among fakes, during whose call to Spotler somebody else may write a state."""

    person: Record
    marketing: FakeMarketing = field(default_factory=FakeMarketing)
    records: FakeRecords = field(default_factory=FakeRecords)
    queue: FakeQueue = field(default_factory=FakeQueue)
    parking: FakeParking = field(default_factory=FakeParking)
    secured: set[tuple[Table, str]] = field(default_factory=set)
    others: list[Record] = field(default_factory=list)
    is_ours: bool = True

    def refuse(self, why: Rejection, *, meanwhile: SyncState | None) -> None:
        """Let Spotler refuse the person, whom somebody else syncs meanwhile."""
        self.marketing.rejections[ExternalId(self.person.key.id)] = why
        if meanwhile is not None:
            self.marketing.meanwhile = lambda: self._write(meanwhile)

    def _write(self, state: SyncState) -> None:
        known = self.records.rows.get(state.key)
        assert self.records.write(replace(state, etag=known.etag if known else None))

    def sync(self) -> PageSync:
        crm = FakeCrm(self.person, *self.others)
        crm.secured = self.secured
        crm.is_ours = self.is_ours

        return PageSync(
            crm,
            self.marketing,
            self.records,
            FakeMappings(),
            TryAgain(self.queue, self.parking, BackOff(attempts=ATTEMPTS), NOW),
            OnDelete.WITHDRAW,
        )

    async def run(self, step: JobStep, job: Job = JOB) -> Tally:
        tally, _ = await self.sync().run(job, step)

        return tally


def in_sync(person: Record) -> SyncState:
    return SyncState(person.key, version=person.version + 1, status=SyncStatus.IN_SYNC)


async def test_table_tells_how_many() -> None:
    """
    About how many there are is known before the first page.
    """
    assert await Page(a_person()).sync().count(JOB) == 1


@pytest.mark.feature("F111")
async def test_loser_counts_as_the_winner_left_it() -> None:
    """
    Who is refused here, and was brought in sync by somebody faster, counts as in sync.
    """
    page = Page(a_person())
    page.refuse(Rejection("PROPERTY_INVALID"), meanwhile=in_sync(page.person))

    assert await page.run(STEP) == Tally(in_sync=1)


@pytest.mark.feature("F111")
async def test_left_over_counts_as_others_left_it() -> None:
    """
    Who could not be sent here, and was sent by another run of the page, counts as in sync.
    """
    page = Page(a_person())
    page.refuse(BROKEN, meanwhile=in_sync(page.person))

    assert await page.run(replace(STEP, attempt=PATIENT_ATTEMPTS)) == Tally(in_sync=1)


async def test_one_holds_up_no_page() -> None:
    """
    Whom Spotler cannot handle now is counted as failed at once, and comes back without the page.
    """
    page = Page(a_person())
    page.refuse(BROKEN, meanwhile=None)

    assert await page.run(STEP) == Tally(failed=1)

    assert [(one.key, one.attempt) for one in page.queue.events] == [(page.person.key, 1)]
    assert page.queue.delays != [None]
    assert page.records.rows[page.person.key].reason == "retried"


async def test_hundred_that_breaks_off_comes_back() -> None:
    """
    When the states of those who were sent cannot be written, the page comes back, and nobody twice.
    """
    page = Page(a_person(a_contact_key(1)))
    away = TransientError("table storage must be reachable")
    page.marketing.meanwhile = lambda: page.records.errors.append(away)

    with pytest.raises(TransientError, match="table storage"):
        await page.run(STEP)

    assert page.queue.events == []
    assert await page.run(STEP) == Tally(in_sync=1)


async def test_hidden_address_holds_up_no_page() -> None:
    """
    Who has an address that we may not read is counted as failed, and waits for an operator.
    """
    page = Page(a_person(email=None))
    page.secured = {(Table.CONTACT, "emailaddress1")}

    assert await page.run(STEP) == Tally(failed=1)

    assert [one.reason for one in page.parking.parked.values()] == [CONFIGURATION]
    assert page.records.rows[page.person.key].reason == "unreadable"
    assert page.queue.events == []


async def test_anew_sends_who_is_in_sync() -> None:
    """
    Work that is done anew sends who should be in Spotler already: it may have lost them.
    """
    page = Page(a_person())
    await page.run(STEP)
    page.marketing.people.clear()

    assert await page.run(STEP) == Tally(in_sync=1)
    assert page.marketing.people == {}
    assert await page.run(STEP, replace(JOB, anew=True)) == Tally(in_sync=1)
    assert [*page.marketing.people] == [ExternalId(page.person.key.id)]


async def test_another_account_is_sent_everybody() -> None:
    """
    Who is in sync with one account is sent to the one that is connected now.
    """
    page = Page(a_person())
    await page.run(STEP)
    page.marketing = FakeMarketing()
    page.marketing.known_as = Account("account-2")

    assert await page.run(STEP) == Tally(in_sync=1)
    assert [*page.marketing.people] == [ExternalId(page.person.key.id)]


@pytest.mark.parametrize(
    "waited",
    [
        pytest.param({"attempt": 1}, id="came back"),
        pytest.param({"resumed": 1}, id="resumed"),
        pytest.param({"forced": True}, id="delivered again"),
    ],
)
async def test_page_that_waited_is_read_at_home(waited: dict[str, Any]) -> None:
    """
    A page that has waited is read only after the CRM was proven to be ours; so a job is started.
    """
    page = Page(a_person())
    page.is_ours = False

    with pytest.raises(OtherOrganisationError):
        await page.run(replace(STEP, **waited))

    assert page.marketing.calls == []


async def test_job_of_another_account_sends_nobody() -> None:
    """
    A page goes to the account of its job or comes back: nobody is divided over two.
    """
    page = Page(a_person())
    page.marketing.known_as = Account("account-2")

    with pytest.raises(OtherAccountError):
        await page.run(STEP, replace(JOB, account=Account("account-1")))

    assert (page.marketing.calls, page.records.writes) == ([], 0)


async def test_left_over_is_not_what_it_was() -> None:
    """
    Who was in sync before, and could not be sent now, counts as failed.
    """
    page = Page(a_person())
    await page.run(STEP)
    page.person = replace(
        page.person, version=9, columns={**page.person.columns, "lastname": "Vos"}
    )
    page.refuse(BROKEN, meanwhile=None)

    assert await page.run(replace(STEP, attempt=PATIENT_ATTEMPTS)) == Tally(failed=1)
    state = page.records.rows[page.person.key]
    assert (state.status, state.reason) == (SyncStatus.FAILING, "retried")


async def test_forgotten_is_not_sent() -> None:
    """
    That another run could not send them either, and noted so, makes nobody in sync.
    """
    page = Page(a_person())
    await page.run(STEP)
    forgotten = replace(page.records.rows[page.person.key], fingerprint=None)
    page.person = replace(
        page.person, version=9, columns={**page.person.columns, "lastname": "Vos"}
    )
    page.refuse(BROKEN, meanwhile=forgotten)

    assert await page.run(replace(STEP, attempt=PATIENT_ATTEMPTS)) == Tally(failed=1)


async def test_left_over_may_be_left_out() -> None:
    """
    Who could not be sent here, and was left out by somebody who saw a newer row, is excluded.
    """
    page = Page(a_person())
    excluded = replace(in_sync(page.person), status=SyncStatus.EXCLUDED)
    page.refuse(BROKEN, meanwhile=excluded)

    assert await page.run(replace(STEP, attempt=PATIENT_ATTEMPTS)) == Tally(excluded=1)


@pytest.fixture(scope="module")
def _quiet() -> Iterator[None]:
    """Keep the warnings of some thousand lost races to ourselves."""
    logger = logging.getLogger("connector")
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(logging.NOTSET)


@dataclass(slots=True)
class Crowd:
    """Is a page that several hosts run at once, and the events that come of it."""

    world: World
    tallies: list[Tally] = field(default_factory=list)

    async def work(self, host: Host) -> None:
        """Do what a host does with the step and the events that it took."""
        seen, crm = Seen(self.world, host), SeenCrm(self.world, host)
        now = NOW + timedelta(seconds=host.number)
        try_again = TryAgain(seen, seen, BackOff(attempts=ATTEMPTS), now)
        policy = self.world.on_delete
        steps = [one for one in host.messages if one.event.step == OF_THE_PAGE]
        events = [one.read() for one in host.messages if one not in steps]
        for message in steps:
            page = PageSync(crm, seen, seen, FakeMappings(), try_again, policy)
            tally, _ = await page.run(JOB, replace(STEP, forced=message.deliveries > 0))
            self.tallies.append(tally)
        if events:
            await sync_contacts(
                events,
                licence=FakeGate(),
                crm=crm,
                marketing=seen,
                records=seen,
                mappings=FakeMappings(),
                try_again=try_again,
                on_delete=policy,
            )


@pytest.mark.usefixtures("_quiet")
@pytest.mark.feature("F111")
@pytest.mark.timeout(120)
@given(script=scripts, hosts=st.integers(2, 4), mishaps=st.integers(0, 3))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_each_run_of_a_page_counts_alike(script: Script, hosts: int, mishaps: int) -> None:
    """
    However often and however interleaved a page runs, it counts each contact once.

    Failed is only one that is refused, or that a mishap leaves to come back on its own.
    """
    contact = a_person(a_contact_key())
    lead = a_person(a_lead_key(), parentcontactid=contact.key.id, statecode=1)
    people = [contact, a_person(), a_person(lastname=REFUSED), a_person(email=None)]
    step = Message(replace(a_change(), step=OF_THE_PAGE))
    queue = Queue(ready=[step, step.redelivered()])
    world = World(queue, OnDelete.WITHDRAW, crm=FakeCrm(*people, lead))
    crowd = Crowd(world)
    interleaving = Interleaving(crowd.work, queue, script, acts={}, limits=Limits(hosts, mishaps))

    asyncio.run(interleaving.run())

    note("\n".join(interleaving.history))
    assert {(one.total, one.excluded) for one in crowd.tallies} == {(4, 1)}
    failed = {one.failed for one in crowd.tallies}
    assert failed <= ({1, 2, 3} if interleaving.mishaps else {1})


async def test_waiting_for_others_holds_up_no_page() -> None:
    """
    However many wait for another contact, they come back by themselves, and the page goes on.
    """
    masters = [a_contact_key(number) for number in range(30, 50)]
    merged = [a_contact_key(number) for number in range(50, 70)]
    page = Page(a_person())
    page.others = [
        a_person(key, email=f"{key.id}@example.nl", masterid=master.id)
        for key, master in zip(merged, masters, strict=True)
    ]
    page.others += [a_person(key, email=f"{key.id}@example.nl") for key in masters]
    page.marketing.people = {ExternalId(key.id): {} for key in merged}
    page.marketing.permissions = {ExternalId(key.id): {1: True} for key in merged}

    tally = await page.run(STEP)

    assert (tally.in_sync, tally.failed) == (1 + len(masters), len(merged))
    assert {event.key for event in page.queue.events} >= {*merged}
