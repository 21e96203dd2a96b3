"""Whether the CRM tells us of changes, as far as that can be seen."""

import asyncio

import pytest

from connector.domain.connection_check import CheckOutcome
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.mapping import Mapping, Target
from connector.domain.webhook_step import StepsHiddenError
from tests.connections import FakeLicensing, FakeOffice
from tests.fakes import FakeCrm, FakeMarketing

SECONDS = 10.0
"""Is longer than any machine takes; what waits for the end of it has its own."""


@pytest.fixture
def office() -> FakeOffice:
    return FakeOffice(FakeCrm(), FakeMarketing(), FakeLicensing())


async def test_all_told_is_ok(office: FakeOffice) -> None:
    """
    With every step in place the check is ok.
    """
    check = await office.webhook.check(SECONDS)

    assert (check.outcome, check.code, check.detail) == (CheckOutcome.OK, None, None)


async def test_mapped_column_must_be_told(office: FakeOffice) -> None:
    """
    A column that is mapped since must be in the filter of its table.
    """
    mapping = Mapping(Target.named("city"), "jobtitle", None, Converter.TEXT)
    office.mappings.changes = (mapping,)

    check = await office.webhook.check(SECONDS)

    assert (check.outcome, check.code) == (CheckOutcome.FAILED, "step_filtered")
    assert "contact Update (jobtitle)" in (check.detail or "")


async def test_without_sales_leads_need_no_steps(office: FakeOffice) -> None:
    """
    Where there is no table of leads nothing must be told of them.
    """
    office.columns.tables[Table.LEAD] = []
    for message in ("Create", "Update", "Delete", "Restore"):
        office.webhooks.change(message, "lead", is_enabled=False)

    assert (await office.webhook.check(SECONDS)).outcome is CheckOutcome.OK


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StepsHiddenError("must have prvReadSdkMessageProcessingStep"), "not_allowed"),
        (TransientError("the CRM must be able to answer"), "unknown"),
    ],
    ids=["no right", "down"],
)
async def test_what_cannot_be_seen_is_not_well(
    office: FakeOffice, error: ConnectorError, code: str
) -> None:
    """
    What cannot be seen is told as such, with the privilege that is missing.
    """
    office.webhooks.errors = [error]

    check = await office.webhook.check(SECONDS)

    assert (check.outcome, check.code, check.detail) == (CheckOutcome.FAILED, code, str(error))


async def test_silence_is_unknown(office: FakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nobody waits for a CRM that does not answer.
    """
    monkeypatch.setattr(office.webhooks, "list_webhooks", asyncio.Event().wait)

    assert (await office.webhook.check(0.01)).code == "unknown"
