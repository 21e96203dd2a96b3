"""Administrators change mappings: all or nothing, and never over one another."""

from dataclasses import replace

import pytest

from connector.application.edit_mappings import SavedMappings, restore_mappings, save_mappings
from connector.application.mapping_keeping import ATTEMPTS
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.job import JobKind
from connector.domain.mapping import Mapping, Origin, Target
from connector.domain.mapping_errors import InvalidMappingsError, MappingsChangedError
from connector.domain.mapping_set import DEFAULTS, Wish
from connector.domain.property import PropertyKind
from connector.domain.step_filter import FilterOutcome
from tests.builders import a_catalogue, a_property
from tests.fakes import FakeMarketing
from tests.mappings import FakeKeeping, a_wish, wishes

CITY = Target.named("city")
FIELD = Target.named("profileField3")
JOB = Mapping(FIELD, "jobtitle", None, Converter.TEXT, Origin.USER)
WITH_FIELD = (*a_catalogue(), a_property("profileField3", "Functie", kind=PropertyKind.PROFILE))


@pytest.fixture
def fakes() -> FakeKeeping:
    return FakeKeeping(marketing=FakeMarketing(WITH_FIELD))


async def save(fakes: FakeKeeping, wanted: list[Wish], version: str | None = None) -> SavedMappings:
    seen = version or (await fakes.sets.read()).version

    return await save_mappings(wanted, version=seen, keeping=fakes.keeping(), saved_by="somebody")


@pytest.mark.feature("F46", "F52", "F54")
async def test_added_field_is_stored_and_watched(fakes: FakeKeeping) -> None:
    """
    A field that was added holds from then on, its column is watched, and its sync is named.
    """
    saved = await save(fakes, [*wishes(), a_wish(FIELD.key)])

    assert [*fakes.sets.changes] == [JOB]
    assert saved.difference.changed == (FIELD,)
    assert saved.difference.fills == (JobKind.CONTACTS_TO_SPOTLER,)
    assert saved.filters.outcome is FilterOutcome.UPDATED
    assert "jobtitle" in fakes.filters.followed[0][Table.CONTACT]


@pytest.mark.feature("F56", "F59")
async def test_deletion_survives_saving(fakes: FakeKeeping) -> None:
    """
    A default that was deleted stays so when something else is saved, until it is restored.
    """
    await save(fakes, wishes(without=[CITY]))
    again = await save(fakes, wishes(*fakes.sets.changes))
    restored = await restore_mappings(keeping=fakes.keeping(), saved_by="somebody")

    assert again.saved.deleted == (CITY,)
    assert (again.difference.changed, again.difference.fills) == ((), ())
    assert restored.saved.deleted == ()
    assert restored.difference.changed == (CITY,)


async def test_faulty_set_changes_nothing(fakes: FakeKeeping) -> None:
    """
    One fault keeps all from being stored, and the filters from being touched; all faults are told.
    """
    wanted = [*wishes(without=[CITY]), a_wish("nonsense"), a_wish(FIELD.key, "nothing")]

    with pytest.raises(InvalidMappingsError, match="in 2 places") as caught:
        await save(fakes, wanted)

    assert [(one.target, one.code) for one in caught.value.faults] == [
        ("nonsense", "unknown_target"),
        (FIELD.key, "unknown_column"),
    ]
    assert [*fakes.sets.changes] == []
    assert fakes.filters.followed == []


async def test_second_administrator_is_told(fakes: FakeKeeping) -> None:
    """
    Who saves what somebody else changed since is told, also when it happens in the last moment.
    """
    fakes.sets.write(JOB)
    with pytest.raises(MappingsChangedError):
        await save(fakes, wishes(), version="0")

    fakes.sets.meanwhile = [(replace(DEFAULTS[CITY], deleted=True),)]
    with pytest.raises(MappingsChangedError):
        await save(fakes, wishes())

    assert [one.deleted for one in fakes.sets.changes] == [True]
    assert fakes.filters.followed == []


async def test_restoring_reads_anew(fakes: FakeKeeping) -> None:
    """
    Restoring loses nothing that somebody else saves meanwhile, and gives up when that never ends.
    """
    fakes.sets.write(replace(DEFAULTS[CITY], deleted=True))
    fakes.sets.meanwhile = [(JOB, replace(DEFAULTS[CITY], deleted=True))]

    await restore_mappings(keeping=fakes.keeping(), saved_by="somebody")
    assert [*fakes.sets.changes] == [JOB]

    fakes.sets.meanwhile = [()] * ATTEMPTS
    with pytest.raises(TransientError, match="try again"):
        await restore_mappings(keeping=fakes.keeping(), saved_by="somebody")


async def test_filters_end_as_the_last_set(fakes: FakeKeeping) -> None:
    """
    When somebody else saves while the filters follow, they follow that set too.
    """
    fakes.filters.meanwhile = fakes.sets

    await save(fakes, [*wishes(), a_wish(FIELD.key)])

    first, last = fakes.filters.followed
    assert "jobtitle" in first[Table.CONTACT]
    assert "jobtitle" not in last[Table.CONTACT]


async def test_filters_are_followed_so_often_only(fakes: FakeKeeping) -> None:
    """
    Where mappings never come to rest the filters are left to who saves last.
    """
    fakes.filters.meanwhile = fakes.sets
    fakes.filters.is_restless = True

    await save(fakes, wishes())

    assert len(fakes.filters.followed) == ATTEMPTS


async def test_known_columns_do_while_crm_is_away(fakes: FakeKeeping) -> None:
    """
    While the CRM does not answer, mappings are checked against the columns known before.
    """
    fakes.columns.errors = [TransientError("away"), TransientError("away")]

    await save(fakes, [*wishes(), a_wish(FIELD.key)])

    assert [*fakes.sets.changes] == [JOB]


async def test_known_fields_do_while_spotler_is_away(fakes: FakeKeeping) -> None:
    """
    While Spotler does not answer, mappings are checked against the fields known before.
    """
    assert isinstance(fakes.marketing, FakeMarketing)
    fakes.marketing.errors = [TransientError("away")]

    await save(fakes, [*wishes(), a_wish(FIELD.key)])

    assert [*fakes.sets.changes] == [JOB]


async def test_nothing_known_stores_nothing(fakes: FakeKeeping) -> None:
    """
    Where nothing tells which columns there are nothing is stored.
    """
    fakes.columns.is_known = False
    fakes.columns.errors = [TransientError("away")] * 4
    with pytest.raises(TransientError):
        await save(fakes, wishes())

    fakes.columns.errors = [ConfigurationError("no")]
    with pytest.raises(ConfigurationError):
        await save(fakes, wishes())

    assert [*fakes.sets.changes] == []
