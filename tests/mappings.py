"""Mappings for tests: the ports in memory, and values that are complete."""

import asyncio
from collections.abc import Collection, Sequence

from connector.application.mapping_keeping import MappingKeeping
from connector.application.ports import MarketingGateway
from connector.domain.contact import Column, Record, Table
from connector.domain.crm_column import ColumnType, CrmColumn
from connector.domain.default_mappings import DEFAULT_MAPPINGS, effective_mappings
from connector.domain.mapping import Mapping, Target
from connector.domain.mapping_set import Wish
from connector.domain.step_filter import FilterOutcome, FilterReport, FilterState, Watched
from tests.fakes import Failing, FakeMappings, FakeMarketing

TYPES = {
    "birthdate": ColumnType.DATE,
    "gendercode": ColumnType.CHOICE,
    "parentcustomerid": ColumnType.LOOKUP,
    "ownerid": ColumnType.OWNER,
    "annualincome": ColumnType.MONEY,
    "numberofchildren": ColumnType.INTEGER,
    "description": ColumnType.MEMO,
    "donotemail": ColumnType.BOOLEAN,
    "lastusedincampaign": ColumnType.DATETIME,
    "exchangerate": ColumnType.DECIMAL,
    "contactid": ColumnType.OTHER,
    "new_interests": ColumnType.CHOICES,
}
"""Tells which columns of the fake CRM are no text."""

MORE = (
    "jobtitle",
    "department",
    "annualincome",
    "numberofchildren",
    "description",
    "donotemail",
    "lastusedincampaign",
    "exchangerate",
    "contactid",
    "new_interests",
)


def a_column(name: str, type_: ColumnType | None = None, label: str = "") -> CrmColumn:
    return CrmColumn(
        name, label or name.title(), type_ or TYPES.get(name, ColumnType.TEXT), {1043: "Kolom"}
    )


def a_wish(target: str, contact: str | None = "jobtitle", **fields: object) -> Wish:
    plain = {"lead_column": None, "converter": "text", **fields}

    return Wish(target, contact, **plain)  # type: ignore[arg-type]  # named by the test


def wish_for(mapping: Mapping) -> Wish:
    return Wish(
        mapping.target.key,
        mapping.contact_column,
        mapping.lead_column,
        mapping.converter,
        mapping.lead_converter,
    )


def wishes(*changes: Mapping, without: Collection[Target] = ()) -> list[Wish]:
    """Return wishes for all that holds with these changes, as the page sends them."""
    return [wish_for(one) for one in effective_mappings(changes) if one.target not in without]


class FakeColumns(Failing):
    """Is the `ColumnReader`: all default columns are there, and some more.

    Errors strike who asks for the columns of now, and others where nothing is known yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tables = {table: _all_columns(table) for table in Table}
        self.is_known = True
        self.refreshed = 0

    async def list_columns(self, table: Table) -> Sequence[CrmColumn]:
        if not self.is_known:
            self.fail_if_told()

        return self.tables[table]

    async def refresh(self, table: Table) -> Sequence[CrmColumn]:
        self.fail_if_told()
        self.refreshed += 1

        return self.tables[table]


class FakeNewest(Failing):
    """Is the `NewestReader` on one person for each table."""

    def __init__(self, *people: Record) -> None:
        super().__init__()
        self.people = {person.key.table: person for person in people}
        self.asked: dict[Table, list[str]] = {}

    async def find_newest(self, table: Table, columns: Collection[Column]) -> Record | None:
        self.fail_if_told()
        self.asked[table] = [column.name for column in columns]

        return self.people.get(table)


class FakeFilters:
    """Is the `StepFilters` on what was last followed.

    Whose mappings a test puts in `meanwhile` are saved by somebody else while the filters follow.
    """

    def __init__(self) -> None:
        self.state = FilterState.CURRENT
        self.outcome = FilterOutcome.UPDATED
        self.followed: list[Watched] = []
        self.meanwhile: FakeMappings | None = None
        self.is_slow = False
        self.is_restless = False

    async def check(self, watched: Watched) -> FilterState:
        assert watched
        if self.is_slow:
            await asyncio.Event().wait()

        return self.state

    async def follow(self, watched: Watched) -> FilterReport:
        self.followed.append(watched)
        somebody = self.meanwhile
        if not self.is_restless:
            self.meanwhile = None
        if somebody is not None:
            somebody.write()

        return FilterReport(self.outcome)


class FakeKeeping:
    """Is all that mappings are edited with; each part may be looked at."""

    def __init__(
        self, sets: FakeMappings | None = None, marketing: MarketingGateway | None = None
    ) -> None:
        self.sets = sets or FakeMappings()
        self.marketing = marketing or FakeMarketing()
        self.columns = FakeColumns()
        self.newest = FakeNewest()
        self.filters = FakeFilters()

    def keeping(self, patience_seconds: float = 5.0) -> MappingKeeping:
        return MappingKeeping(
            self.sets, self.columns, self.newest, self.filters, self.marketing, patience_seconds
        )


def _all_columns(table: Table) -> Sequence[CrmColumn]:
    usual = (one.column(table) for one in DEFAULT_MAPPINGS if one.converter != "constant")
    names = dict.fromkeys([*(name for name in usual if name), *MORE])

    return [a_column(name) for name in names]
