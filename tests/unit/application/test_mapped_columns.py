"""A CRM is well only while it has what the mappings read."""

from dataclasses import replace

import pytest

from connector.application.mapped_columns import MappedCrm
from connector.domain.errors import System, TransientError, system_of
from connector.domain.gone_columns import ColumnsMissingError
from connector.domain.mapping import Target
from connector.domain.mapping_set import DEFAULTS
from tests.fakes import FakeCrm, FakeMappings
from tests.mappings import FakeColumns

MOVED = replace(DEFAULTS[Target.named("city")], contact_column="new_city")


@pytest.mark.parametrize("is_live", [True, False], ids=["of now", "as known"])
async def test_gone_column_is_not_well(is_live: bool) -> None:
    """
    A mapped column that is gone is told, by the columns of now only to who waits for it.
    """
    mappings, columns = FakeMappings(), FakeColumns()
    crm = MappedCrm(FakeCrm(), mappings, columns, is_live=is_live)
    await crm.check()
    mappings.write(MOVED)

    with pytest.raises(ColumnsMissingError, match="new_city"):
        await crm.check()

    assert columns.refreshed == (4 if is_live else 0)


async def test_silent_crm_is_not_well() -> None:
    """
    A CRM that does not answer at all is not asked for columns.
    """
    crm, columns = FakeCrm(), FakeColumns()
    crm.errors = [TransientError("away")]

    with pytest.raises(TransientError):
        await MappedCrm(crm, FakeMappings(), columns, is_live=True).check()

    assert columns.refreshed == 0


async def test_tables_away_are_no_crm_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When the mappings cannot be read our own tables are at fault, and not the CRM.
    """
    mappings = FakeMappings()

    async def fail(*, now: bool) -> None:
        raise TransientError(f"table storage answered 503 to {now=}")

    monkeypatch.setattr(mappings, "list_changes", fail)

    with pytest.raises(TransientError) as caught:
        await MappedCrm(FakeCrm(), mappings, FakeColumns()).check()

    assert system_of(caught.value) is System.TABLES
