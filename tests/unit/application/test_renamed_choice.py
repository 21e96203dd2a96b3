"""A choice whose label is another one since: an initial sync sends whoever shows it."""

from dataclasses import replace

from connector.application.sync_page import PageSync
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import ExternalId, Record
from connector.domain.converter import Converter
from connector.domain.decision import OnDelete
from connector.domain.mapping import Mapping, Target
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION, a_contact_key, a_person
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords
from tests.jobs import a_job

KIND = "customertypecode"
JOB = a_job()
STEP = JOB.step(ORGANISATION)


def labelled(person: Record, label: str) -> Record:
    return replace(person, labels={**person.labels, KIND: label})


async def test_initial_sync_sends_other_label() -> None:
    """
    After an option got another label who shows it is sent, at the same version; others are not.
    """
    chooser = a_person(a_contact_key(1), email="een@example.nl", customertypecode=3)
    other = labelled(
        a_person(a_contact_key(2), email="twee@example.nl", customertypecode=4), "Pers"
    )
    crm, marketing = FakeCrm(labelled(chooser, "Klant"), other), FakeMarketing()
    mapping = Mapping(Target.named("firstName"), KIND, None, Converter.CHOICE_LABEL)
    sync = PageSync(
        crm,
        marketing,
        FakeRecords(),
        FakeMappings(mapping),
        TryAgain(FakeQueue(), FakeParking(), BackOff(), NOW),
        OnDelete.WITHDRAW,
    )
    await sync.run(JOB, STEP)
    marketing.calls.clear()

    crm.put(labelled(chooser, "Relatie"))
    tally, _ = await sync.run(JOB, STEP)

    assert tally == Tally(in_sync=2)
    assert marketing.calls == [[ExternalId(chooser.key.id)]]
    assert {one["firstName"] for one in marketing.people.values()} == {"Relatie", "Pers"}
