"""The pages say what the code says; one that drifts is worse than none."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from connector.adapters.spotler.dialect import SpotlerDialect
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.default_mappings import DEFAULT_MAPPINGS, RARELY_USED
from connector.domain.errors import ConfigurationError
from connector.domain.mapping import REQUIRED, Mapping, Target
from connector.domain.property import PropertyKind
from connector.settings import Settings
from devstack.servicebus.config import QueueSettings, read_config
from devstack.servicebus.emulator import CONFIG

ROOT = Path(__file__).parents[1]
GUIDE = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
TEXT = "\n".join(page.read_text() for page in GUIDE)
PAGES = [
    *GUIDE,
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/adr/*.md")),
    *(
        page
        for page in sorted(ROOT.glob("devstack/**/README.md"))
        if "node_modules" not in page.parts
    ),
]

IDS = "00000000-0000-0000-0000-000000000001"
LINK = re.compile(r"\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z]+):.*##", re.MULTILINE)

type Cells = tuple[str, ...]


def test_mappings_are_the_defaults() -> None:
    """
    The pages list every default mapping, in order, with its columns and converters.
    """
    written = [cells[:4] for cells in _table("Spotler property")]

    assert written == [_mapping(one) for one in DEFAULT_MAPPINGS]


def test_settings_are_all_there() -> None:
    """
    The pages list every setting that is read, in order, with its default.
    """
    written = [(name, default) for name, _, default, _ in _table("Setting")]

    fields = Settings.model_fields.values()
    assert written == [(f"`{field.alias}`", _default(field)) for field in fields]


def test_needed_settings_are_needed() -> None:
    """
    A setting is needed where the page says yes, and on a condition where it names one.
    """
    needed = {name.strip("`"): said for name, said, *_ in _table("Setting")}
    always = {name for name, said in needed.items() if said == "yes"}
    sometimes = {name for name, said in needed.items() if said not in {"yes", "no"}}

    assert always == {
        field.alias for field in Settings.model_fields.values() if field.is_required()
    }
    assert sometimes == _missed({name: _valid(name) for name in always})


def test_queues_are_those_to_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The pages list each queue that a function listens to, with the properties that we rely on.
    """
    monkeypatch.delitem(sys.modules, "function_app", raising=False)  # an app is read only once
    app = importlib.import_module("function_app").app
    triggers = [json.loads(one.get_raw_bindings()[0]) for one in app.get_functions()]
    listened = {one["queueName"] for one in triggers if "queueName" in one}
    made = [_queue(one) for one in read_config(CONFIG).queues if one.name in listened]

    assert sorted(_table("Queue")) == sorted(made)
    assert len(made) == len(listened)


@pytest.mark.parametrize("table", Table)
def test_filter_lists_name_mapped_columns(table: Table) -> None:
    """
    The filtering attributes to paste are the columns whose change we send or act upon.
    """
    [line] = re.findall(rf"^{table}: +(\S+)$", TEXT, re.MULTILINE)

    columns = {
        column
        for mapping in DEFAULT_MAPPINGS
        if mapping.converter is not Converter.CONSTANT and (column := mapping.column(table))
    }
    of_qualifying = {"statecode", "parentcontactid"} if table is Table.LEAD else set()
    assert set(line.split(",")) == columns | of_qualifying


@pytest.mark.parametrize("target", [*REQUIRED, *sorted(RARELY_USED, key=lambda one: one.key)])
def test_special_properties_are_named(target: Target) -> None:
    """
    The required fields, and those to give up first, are named outside the table too.
    """
    prose = [line for line in TEXT.splitlines() if not line.startswith("|")]

    assert any(target.what in line for line in prose)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """
    Every link to a file or a heading of the project has something at its end.
    """
    links = [link for link in LINK.findall(page.read_text()) if not link.startswith("https://")]

    assert [link for link in links if not _exists(page, link)] == []


def test_decisions_are_numbered() -> None:
    """
    Each decision has a number of its own, and its title says which.
    """
    decisions = sorted(ROOT.glob("docs/adr/*.md"))

    numbers = [one.name.partition("-")[0] for one in decisions]
    titled = [one.read_text().removeprefix("# ").partition(".")[0].zfill(4) for one in decisions]
    assert titled == numbers
    assert len({*numbers}) == len(numbers)


def test_commands_are_targets() -> None:
    """
    Every `make` command of the pages is one that make knows.
    """
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))

    commands = set(re.findall(r"(?:^|`)make ([a-z]+)", TEXT, re.MULTILINE))
    assert commands
    assert commands <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_are_whole(page: Path) -> None:
    """
    Every row stands in a table: a blank line before it would show it as text.
    """
    lines = ["", *page.read_text().splitlines()]

    begins = [i for i, line in enumerate(lines) if line.startswith("|") and not lines[i - 1]]
    assert [lines[i] for i in begins if not lines[i + 1].startswith("|--")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_azurite_tells_nobody(page: Path) -> None:
    """
    Whoever starts Azurite as a page says sends nothing to its maker.
    """
    starts = [line for line in page.read_text().splitlines() if "/azurite-table --" in line]

    assert all("--disableTelemetry" in line for line in starts)


def _table(first_heading: str) -> list[Cells]:
    """Return the rows of the only table whose first column is headed so."""
    lines = iter(TEXT.splitlines())
    heads = [line for line in lines if line.startswith(f"| {first_heading} |")]
    assert len(heads) == 1

    after = TEXT.partition(f"\n{heads[0]}\n")[2].splitlines()[1:]

    return [*_rows(after)]


def _rows(lines: list[str]) -> Iterator[Cells]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def _queue(queue: QueueSettings) -> Cells:
    assert queue.detects_duplicates
    assert queue.default_time_to_live is not None

    return (
        f"`{queue.name}`",
        f"{queue.lock_duration.total_seconds() / 60:g} minutes",
        str(queue.max_delivery_count),
        f"{queue.default_time_to_live.days} days",
        "dead-lettered" if queue.dead_letters_expired else "gone",
        f"{queue.duplicate_window.total_seconds() / 60:g} minutes",
        "no",
    )


def _mapping(mapping: Mapping) -> Cells:
    return (
        _property(mapping.target),
        _column(mapping, mapping.contact_column),
        _column(mapping, mapping.lead_column),
        _converter(mapping),
    )


def _property(target: Target) -> str:
    how = target.key.partition(":")[0]
    if how in {*PropertyKind}:
        return f"{target.what} ({how} field)"

    return f"`{target.what}`" if how == "name" else f"the field of type `{target.what}`"


def _column(mapping: Mapping, column: str | None) -> str:
    if column is None:
        return "none"

    return f"“{column}”" if mapping.converter is Converter.CONSTANT else f"`{column}`"


def _converter(mapping: Mapping) -> str:
    ours, leads = mapping.converter, mapping.converter_for(Table.LEAD)

    return f"`{ours}`" if ours is leads else f"`{ours}`; for a lead `{leads}`"


def _default(field: FieldInfo) -> str:
    match field.get_default():
        case StrEnum() as choice:
            return f"`{choice.value}`"
        case bool() as flag:
            return f"`{str(flag).lower()}`"
        case int() | float() as number:
            return f"`{number:g}`"
        case str() as text:
            return f"`{text}`"
        case SpotlerDialect():
            return "`{}`"
        case _:
            return ""


def _valid(name: str) -> str:
    if name.endswith("_URL"):
        return "https://example.crm4.dynamics.com"

    return IDS


def _missed(environment: dict[str, str]) -> set[str]:
    """Return what else is asked for once an app registration with a secret is used."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(environment | {"DATAVERSE_CLIENT_SECRET": "secret"})

    return {line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]}


def _exists(page: Path, link: str) -> bool:
    file, _, heading = link.partition("#")
    target = (page.parent / file) if file else page
    if not target.exists():
        return False

    return not heading or heading in _anchors(target.read_text())


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)

    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
