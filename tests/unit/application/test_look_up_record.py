from dataclasses import replace
from datetime import timedelta

import pytest

from connector.application.look_up_record import LookedUp, Problem, look_up_record
from connector.domain.contact import ExternalId, MarketingContact, RecordKey
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    InvalidEventError,
    RateLimitedError,
    TransientError,
)
from connector.domain.identity import own_external_id
from connector.domain.looked_up import HeldPerson
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import ORGANISATION, a_catalogue, a_contact_key, a_lead_key, a_person
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeRecords


class ForgetfulMarketing(FakeMarketing):
    """Tells its fields, and then is away."""

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        self.errors = [TransientError("away")]

        return await super().find_person(external_id)


class Office:
    """Is where somebody looks a record up."""

    def __init__(self) -> None:
        self.crm = FakeCrm()
        self.marketing: FakeMarketing = FakeMarketing()
        self.records = FakeRecords()

    async def look_up(self, key: RecordKey) -> LookedUp:
        return await look_up_record(
            key,
            organisation=ORGANISATION,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            mappings=FakeMappings(),
        )


async def test_never_synced_would_be_sent() -> None:
    """
    Of who was never synced there is no state, and all of what would be sent is shown.
    """
    office = Office()
    person = a_person(address1_postalcode="B-2000")
    office.crm.put(person)

    found = await office.look_up(person.key)

    assert (found.state, found.in_crm, found.in_spotler) == (None, True, False)
    assert (found.excluded, found.differs, found.problems) == (None, True, [])
    shown = {one.property: one for one in found.would_send}
    assert (shown["email"].value, shown["email"].column) == ("jan@example.nl", "emailaddress1")
    assert (shown["postalCode"].value, shown["postalCode"].note) == (None, "not_dutch")
    assert (shown["freeField1"].label, shown["freeField1"].value) == ("Type", "Contact")
    assert office.records.writes == 0


async def test_same_as_last_sent_does_not_differ() -> None:
    """
    Who was sent what would be sent now does not differ, until somebody changes them.
    """
    office = Office()
    person = a_person()
    office.crm.put(person)
    contact = as_sent(await office.look_up(person.key))
    await office.marketing.save_contacts([contact])
    state = SyncState(
        person.key,
        status=SyncStatus.IN_SYNC,
        fingerprint=contact.fingerprint,
        account=office.marketing.known_as,
    )
    office.records.write(state)

    same = await office.look_up(person.key)
    office.crm.put(replace(person, columns={**person.columns, "lastname": "Anders"}))
    other = await office.look_up(person.key)

    assert (same.differs, other.differs) == (False, True)
    assert same.held is not None
    assert {one.property: one.value for one in same.held.properties}["lastName"] == "Jansen"


def as_sent(found: LookedUp) -> MarketingContact:
    properties = {one.property: one.value for one in found.would_send if one.note is None}

    return MarketingContact(found.external_id, properties)


@pytest.mark.parametrize(
    ("email", "reason"),
    [pytest.param(None, "no_email", id="none"), pytest.param("jan@", "invalid_email", id="bad")],
)
async def test_excluded_says_why(email: str | None, reason: str) -> None:
    """
    Of who would not be sent the reason is told, and nothing differs that would not be sent.
    """
    office = Office()
    person = a_person(email=email)
    office.crm.put(person)

    found = await office.look_up(person.key)

    assert (found.excluded, found.differs) == (reason, False)
    assert found.would_send


async def test_qualified_lead_is_left_to_its_contact() -> None:
    """
    A lead that a contact took over is shown as handed over, and the contact under its id.
    """
    office = Office()
    lead, contact = a_lead_key(), a_contact_key()
    office.crm.put(
        a_person(lead, statecode=1, parentcontactid=contact.id),
        a_person(contact, originatingleadid=lead.id),
    )

    assert (await office.look_up(lead)).excluded == "handed_over"
    assert (await office.look_up(contact)).external_id == own_external_id(lead)


async def test_merged_row_is_left_to_its_master() -> None:
    """
    A row that was merged into another one is shown as merged, and would not be sent.
    """
    office = Office()
    merged, master = a_contact_key(), a_contact_key()
    office.crm.put(a_person(merged, statecode=1, masterid=master.id), a_person(master))

    found = await office.look_up(merged)

    assert (found.excluded, found.differs) == ("merged", False)


async def test_gone_row_is_told() -> None:
    """
    Whose row is gone is not in the CRM, and Spotler may still hold them.
    """
    office = Office()
    key = a_contact_key()
    office.records.write(SyncState(key, status=SyncStatus.EXCLUDED, reason="deleted"))
    office.marketing.people[ExternalId(key.id)] = {"lastName": "Jansen"}

    found = await office.look_up(key)

    assert (found.in_crm, found.would_send, found.differs) == (False, (), False)
    assert (found.in_spotler, found.problems) == (True, [])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimitedError("busy", retry_after=timedelta(seconds=1)), "rate_limited"),
        (TransientError("away"), "try_again_later"),
        (ConfigurationError("key"), "configuration"),
        (InvalidEventError("strange"), "impossible"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_crm_away_is_told(error: ConnectorError, code: str) -> None:
    """
    While Dynamics does not answer the rest is shown, and nobody is told that the row is gone.
    """
    office = Office()
    key = a_contact_key()
    office.crm.errors = [error]
    office.marketing.people[ExternalId(key.id)] = {"lastName": "Jansen"}

    found = await office.look_up(key)

    assert (found.in_crm, found.in_spotler) == (None, True)
    assert found.problems == [Problem("dynamics", code)]


async def test_spotler_away_is_told() -> None:
    """
    While Spotler does not answer the row is still looked for, and the trouble told once.
    """
    office = Office()
    person = a_person()
    office.crm.put(person)
    office.marketing.errors = [TransientError("away")]

    found = await office.look_up(person.key)

    assert (found.in_crm, found.in_spotler, found.would_send) == (True, None, ())
    assert found.problems == [Problem("spotler", "try_again_later")]


async def test_spotler_goes_away_meanwhile() -> None:
    """
    When Spotler tells its fields and then not the person, what would be sent is still shown.
    """
    office = Office()
    person = a_person()
    office.crm.put(person)

    office.marketing = ForgetfulMarketing()

    found = await office.look_up(person.key)

    assert found.would_send
    assert (found.in_spotler, found.problems) == (None, [Problem("spotler", "try_again_later")])


async def test_missing_required_field_is_told() -> None:
    """
    An account without a required field gets a problem, and Spotler's person is shown all the same.
    """
    office = Office()
    person = a_person()
    office.crm.put(person)
    office.marketing.catalogue = tuple(one for one in a_catalogue() if one.label != "Owner")
    office.marketing.people[ExternalId(person.key.id)] = {"lastName": "Jansen"}

    found = await office.look_up(person.key)

    assert (found.in_crm, found.in_spotler) == (True, True)
    assert found.problems == [Problem("spotler", "configuration")]


async def test_tables_away_fails() -> None:
    """
    Without our own tables there is nothing to tell.
    """
    office = Office()
    office.records.errors = [TransientError("table storage must be reachable")]

    with pytest.raises(TransientError):
        await office.look_up(a_contact_key())
