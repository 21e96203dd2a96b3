"""Every code that the connector or Spotler may give has words on the page, in both languages."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

from connector.domain.cause import CauseCode
from connector.domain.connection_check import CheckCode, CheckName, CheckOutcome
from connector.domain.contact import Table
from connector.domain.converter import Converter
from connector.domain.converters.unusable import Note
from connector.domain.crm_column import ColumnType
from connector.domain.job import StopReason
from connector.domain.mapping_errors import FaultCode
from connector.domain.parking import CONFIGURATION
from connector.domain.property import PropertyKind, PropertyType
from connector.domain.related import RelatedTable
from connector.domain.step_filter import FilterOutcome, FilterState
from connector.domain.sync_state import Reason, SyncStatus
from connector.functions.config_page import PAGES
from devstack.spotler.validation import Code

LANGUAGES = ("nl", "en")
SCRIPT = (PAGES / "cards/record-words.js").read_text()
SAME = dict(re.findall(r"^  ([A-Z_]+): '([A-Z_]+)',$", SCRIPT, re.MULTILINE))
"""Is what Spotler calls the same thing in two ways, as the page knows it."""

ERRORS = (
    "TransientError",
    "PersonWaitsError",
    "RateLimitedError",
    CONFIGURATION,
    "MappingError",
)


PARTLY = (
    "licence_saved",
    "licence_saved_connection_unsure",
    "licence_unsure",
    "connection_unsure",
)
"""Is what may stay of a save that failed."""


def words(language: str, section: str) -> dict[str, Any]:
    found = json.loads((PAGES / f"{language}.json").read_text())
    for part in section.split("."):
        found = found[part]

    return dict(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("section", "codes"),
    [
        pytest.param("records.reasons", Reason, id="reasons"),
        pytest.param("records.notes", Note, id="notes"),
        pytest.param("records.statuses", SyncStatus, id="statuses"),
        pytest.param("records.names", Table, id="tables"),
        pytest.param("mappings.faults", FaultCode, id="faults"),
        pytest.param("mappings.converters", Converter, id="converters"),
        pytest.param("mappings.kinds", PropertyKind, id="kinds"),
        pytest.param("mappings.types", ColumnType, id="columns"),
        pytest.param("mappings.field_types", PropertyType, id="fields"),
        pytest.param("mappings.filters", FilterOutcome, id="filters"),
        pytest.param("diagnose.parked.errors", ERRORS, id="errors"),
        pytest.param("diagnose.renamed", RelatedTable, id="renamed"),
        pytest.param("sync.causes", CauseCode, id="causes"),
        pytest.param("connection.partly", PARTLY, id="what is saved of a save"),
    ],
)
def test_each_code_has_words(language: str, section: str, codes: Iterable[str]) -> None:
    """
    Whatever is told by a code has words, and so has the code that comes some day.
    """
    known = words(language, section)
    is_open = section not in {
        "mappings.converters",
        "records.names",
        "mappings.filters",
        "sync.causes",
        "diagnose.renamed",
    }
    needed = {*map(str, codes), *(["other"] if is_open and "statuses" not in section else [])}

    assert needed <= known.keys()


CHECKS = {
    CheckName.SPOTLER: {
        CheckCode.NOT_CONNECTED,
        CheckCode.KEY_MISSING,
        CheckCode.SECRET_MISSING,
        CheckCode.SECRET_UNREADABLE,
        CheckCode.CREDENTIALS_REFUSED,
        CheckCode.RATE_LIMITED,
        CheckCode.UNREACHABLE,
        CheckCode.REFUSED,
    },
    CheckName.FIELDS: {CheckCode.FIELDS_MISSING},
    CheckName.PERMISSIONS: {CheckCode.PERMISSIONS_HIDDEN},
    CheckName.DATAVERSE: {
        CheckCode.COLUMNS_MISSING,
        CheckCode.OTHER_ORGANISATION,
        CheckCode.RATE_LIMITED,
        CheckCode.UNREACHABLE,
    },
    CheckName.STEPS: {
        CheckCode.NOT_REGISTERED,
        CheckCode.POINTS_ELSEWHERE,
        CheckCode.STEP_MISSING,
        CheckCode.STEP_DISABLED,
        CheckCode.STEP_FILTERED,
        CheckCode.STEP_RECOMMENDED,
        CheckCode.CALLS_REFUSED,
        CheckCode.NOT_ALLOWED,
        CheckCode.UNKNOWN,
        CheckCode.PATH_ONLY,
    },
    CheckName.LICENCE: {CheckCode.LICENCE_MISSING, CheckCode.UNREACHABLE},
    CheckName.TABLES: {CheckCode.UNREACHABLE},
    CheckName.QUEUES: {
        CheckCode.QUEUE_UNAVAILABLE,
        CheckCode.SENDS_REFUSED,
        CheckCode.STEPS_REFUSED,
        CheckCode.CHANGES_LOST,
    },
    CheckName.CHANGES: {
        CheckCode.NOT_TAKEN,
        CheckCode.SPOTLER_UNREACHABLE,
        CheckCode.SPOTLER_REFUSED,
        CheckCode.SPOTLER_BUSY,
        CheckCode.SPOTLER_REFUSES_ALL,
        CheckCode.DATAVERSE_UNREACHABLE,
        CheckCode.DATAVERSE_REFUSED,
        CheckCode.DATAVERSE_BUSY,
        CheckCode.STORAGE_UNREACHABLE,
        CheckCode.STORAGE_REFUSED,
        CheckCode.FAILING,
    },
}
"""Says which codes each check may have; what is left out has the words of its name."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_stop_has_words(language: str) -> None:
    """
    Why a job was paused or ended by itself has words, and so has the end of a preview.
    """
    paused, ended = words(language, "sync.paused"), words(language, "sync.ended")

    assert {*paused} - {"by_hand"} | {*ended} == {*map(str, StopReason)}
    assert words(language, "preview.ended").keys() == ended.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_check_has_words(language: str) -> None:
    """
    Whatever a check finds has words, and every check has a name and words for a code of tomorrow.
    """
    known = words(language, "checks")
    needed = {f"{name}_{code}" for name, codes in CHECKS.items() for code in codes}

    assert needed <= known["codes"].keys()
    assert {*CheckName} == CHECKS.keys() == {*known["names"]} - {"other"}
    assert {*CheckName} == known["failed"].keys()
    assert {*CheckOutcome} - {CheckOutcome.FAILED} <= known.keys()
    assert {*CheckCode} == {code for codes in CHECKS.values() for code in codes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_spotler_says_has_words(language: str) -> None:
    """
    Each code by which Spotler refuses a contact has words, and says what to do.
    """
    known = words(language, "records.codes")

    for code in {*map(str, Code), "INVALID_PARAMS", "UNKNOWN"} - {"OK"}:
        assert {"title", "advice"} <= known[SAME.get(code, code)].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_filters_that_differ_have_words(language: str) -> None:
    """
    Filters that do not follow the mappings are told of without a change, too.
    """
    assert FilterState.DIFFERS in words(language, "mappings.filters")


def test_page_knows_the_converters() -> None:
    """
    The page offers each converter that there is, and no other.
    """
    text = (PAGES / "cards/mapping-draft.js").read_text()
    listed = re.search(r"CONVERTERS = \[(.*?)\];", text, re.DOTALL)

    assert listed is not None
    offered = {*re.findall(r"'(\w+)'", listed[1]), "constant"}
    assert offered == {str(one) for one in Converter}
