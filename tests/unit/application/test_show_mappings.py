"""What administrators see of mappings, the account, the filters and a real person."""

from dataclasses import replace

import pytest

from connector.application.show_mappings import (
    refresh_mappings,
    show_examples,
    show_mappings,
)
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.errors import TransientError
from connector.domain.mapping import OWNER, TYPE, Mapping, Origin, Target
from connector.domain.mapping_set import DEFAULTS
from connector.domain.property import PropertyKind
from connector.domain.step_filter import FilterState
from tests.builders import a_catalogue, a_contact_key, a_lead_key, a_person, a_property
from tests.fakes import FakeMarketing
from tests.mappings import FakeKeeping, FakeNewest

FIELD = a_property("profileField3", "Functie", kind=PropertyKind.PROFILE)
TARGET = Target.named(FIELD.name)
JOB = Mapping(TARGET, "jobtitle", "jobtitle", Converter.TEXT, Origin.USER)


@pytest.fixture
def fakes() -> FakeKeeping:
    return FakeKeeping(marketing=FakeMarketing((*a_catalogue(), FIELD)))


@pytest.mark.feature("F50", "F52")
async def test_visible_profile_fields_can_be_added(fakes: FakeKeeping) -> None:
    """
    A visible profile field is offered until it is mapped, whichever way the mapping names it.
    """
    before = await show_mappings(keeping=fakes.keeping())
    fakes.sets.write(replace(JOB, target=Target("profile:functie")))
    after = await show_mappings(keeping=fakes.keeping())

    assert [one.name for one in before.addable] == ["profileField3"]
    assert [*after.addable] == []


async def test_missing_fields_are_told(fakes: FakeKeeping) -> None:
    """
    What is mapped and the account does not have is told; what it has is not.
    """
    shown = await show_mappings(keeping=fakes.keeping())

    assert Target.named("street") in shown.missing
    assert OWNER not in shown.missing


async def test_gone_columns_are_told(fakes: FakeKeeping) -> None:
    """
    A mapped column that the CRM lost is told, and none while the CRM tells nothing.
    """
    fakes.sets.write(replace(JOB, lead_column="new_gone"))
    shown = await show_mappings(keeping=fakes.keeping())
    fakes.columns.is_known = False
    fakes.columns.errors = [TransientError("away")] * 2
    unknown = await show_mappings(keeping=fakes.keeping())

    assert [(one.target, one.table, one.column) for one in shown.gone] == [
        (TARGET, Table.LEAD, "new_gone")
    ]
    assert [*unknown.gone] == []


async def test_filters_are_told_or_unknown(fakes: FakeKeeping) -> None:
    """
    How the filters stand is told, and is unknown when the CRM takes longer than anyone waits.
    """
    fakes.filters.state = FilterState.DIFFERS
    shown = await show_mappings(keeping=fakes.keeping())

    fakes.filters.is_slow = True
    slow = await show_mappings(keeping=fakes.keeping(patience_seconds=0.01))

    assert (shown.filters, slow.filters) == (FilterState.DIFFERS, FilterState.UNKNOWN)


@pytest.mark.feature("F51")
async def test_refreshing_reads_both_sides(fakes: FakeKeeping) -> None:
    """
    Refreshing reads fields and columns anew; when Spotler does not answer that is told.
    """
    assert isinstance(fakes.marketing, FakeMarketing)
    fakes.marketing.catalogue = a_catalogue()

    shown = await refresh_mappings(keeping=fakes.keeping())

    assert [*shown.addable] == []
    assert fakes.columns.refreshed == len(Table)
    fakes.marketing.errors = [TransientError("away")]
    with pytest.raises(TransientError):
        await refresh_mappings(keeping=fakes.keeping())


async def test_examples_are_made_as_in_a_sync(fakes: FakeKeeping) -> None:
    """
    The newest contact and lead go through the converters; what cannot be sent is left empty.
    """
    contact = a_person(
        a_contact_key(), address1_postalcode="2711ab", birthdate="gisteren", jobtitle="Bakker"
    )
    lead = a_person(a_lead_key(), email="els@example.nl")
    fakes.newest = FakeNewest(contact, lead)
    fakes.sets.write(JOB)

    examples = await show_examples(keeping=fakes.keeping())

    values = {target.key: made for target, made in examples.values.items()}
    assert values["name:postalCode"] == {Table.CONTACT: "2711 AB", Table.LEAD: None}
    assert values["contact:Birthday"] == {Table.CONTACT: None, Table.LEAD: None}
    assert values[TARGET.key] == {Table.CONTACT: "Bakker", Table.LEAD: None}
    assert values[TYPE.key] == {Table.CONTACT: "Contact", Table.LEAD: "Lead"}
    assert examples.people == {Table.CONTACT: contact.key.id, Table.LEAD: lead.key.id}
    assert Target.named("street") not in examples.values


async def test_nobody_is_no_example(fakes: FakeKeeping) -> None:
    """
    Where there is nobody, or no table of leads, there is no example and no error.
    """
    fakes.newest = FakeNewest(a_person(a_lead_key()))
    fakes.columns.tables[Table.LEAD] = []

    examples = await show_examples(keeping=fakes.keeping())

    assert examples.people == {}
    assert Table.LEAD not in fakes.newest.asked


async def test_column_that_is_gone_hides_no_other(fakes: FakeKeeping) -> None:
    """
    A mapped column that was deleted in the CRM is not asked for.
    """
    fakes.newest = FakeNewest(a_person())
    fakes.sets.write(replace(JOB, contact_column="new_gone"), DEFAULTS[TYPE])

    await show_examples(keeping=fakes.keeping())

    assert "new_gone" not in fakes.newest.asked[Table.CONTACT]
    assert "emailaddress1" in fakes.newest.asked[Table.CONTACT]


async def test_without_required_field_examples_are_shown(fakes: FakeKeeping) -> None:
    """
    Who is still setting up the account sees examples too, though nothing is sent yet.
    """
    assert isinstance(fakes.marketing, FakeMarketing)
    fakes.marketing.catalogue = tuple(one for one in a_catalogue() if one.label != "Owner")
    fakes.newest = FakeNewest(a_person())

    examples = await show_examples(keeping=fakes.keeping())

    assert OWNER not in examples.values
    assert Target.named("email") in examples.values
