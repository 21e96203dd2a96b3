"""Which steps must be there, and what is told of those that are not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from connector.domain.connection_check import Check, CheckOutcome
from connector.domain.contact import Table
from connector.domain.default_mappings import DEFAULT_MAPPINGS
from connector.domain.step_filter import watched_columns
from connector.domain.webhook_step import (
    RegisteredStep,
    RegisteredWebhook,
    check_steps,
    leads_to_us,
)
from tests.checks import ADDRESS, all_steps

WATCHED = watched_columns(DEFAULT_MAPPINGS)

type Change = Callable[[RegisteredStep], RegisteredStep | None]


def check(
    change: Change = lambda step: step, url: str = ADDRESS, address: str | None = ADDRESS
) -> Check:
    steps = tuple(changed for step in all_steps() if (changed := change(step)))

    return check_steps([RegisteredWebhook(url, steps)], WATCHED, address)


def only(message: str, table: str, **fields: object) -> Change:
    """Return what changes one step, or leaves it out when no fields are given."""

    def change(step: RegisteredStep) -> RegisteredStep | None:
        if (step.message, step.table) != (message, table):
            return step

        return replace(step, **fields) if fields else None  # type: ignore[arg-type] # named by the test

    return change


def test_all_there_is_ok() -> None:
    """
    With every step there nothing is said.
    """
    assert check() == check_steps([RegisteredWebhook(ADDRESS, (*all_steps(),))], WATCHED, ADDRESS)
    assert (check().outcome, check().code, check().detail) == (CheckOutcome.OK, None, None)


@pytest.mark.feature("F106")
@pytest.mark.parametrize("table", Table)
@pytest.mark.parametrize("message", ["Create", "Update", "Delete"])
def test_each_step_must_be_there_and_on(table: str, message: str) -> None:
    """
    Each step that is missing, off, too early or holds up the change is told by its name.
    """
    found = {
        "step_missing": [
            check(only(message, table)),
            check(only(message, table, is_in_place=False)),
        ],
        "step_disabled": [check(only(message, table, is_enabled=False))],
    }

    for code, checks in found.items():
        for one in checks:
            assert (one.outcome, one.code) == (CheckOutcome.FAILED, code)
            assert f"the steps {table} {message} must be" in (one.detail or "")


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (frozenset(), None),
        (WATCHED[Table.CONTACT] | {"jobtitle"}, None),
        (WATCHED[Table.CONTACT] - {"lastname", "firstname"}, "step_filtered"),
    ],
    ids=["no filter", "more than needed", "too few"],
)
def test_filter_must_let_through_what_is_mapped(columns: frozenset[str], code: str | None) -> None:
    """
    A filter may be wide or absent, and must not keep a mapped column back.
    """
    found = check(only("Update", "contact", columns=columns))

    assert found.code == code
    if code:
        assert "contact Update (firstname, lastname)" in (found.detail or "")


def test_two_steps_may_share_the_columns() -> None:
    """
    What one step does not tell another may.
    """
    columns = WATCHED[Table.CONTACT]
    some = frozenset(sorted(columns)[:3])
    both = [
        RegisteredStep(message="Update", table="contact", columns=part)
        for part in (some, columns - some)
    ]
    rest = [one for one in all_steps() if (one.message, one.table) != ("Update", "contact")]

    assert check_steps([RegisteredWebhook(ADDRESS, (*rest, *both))], WATCHED, ADDRESS).is_well


def test_step_of_every_table_counts_for_each() -> None:
    """
    A step without a table tells of all of them.
    """
    messages = ("Create", "Update", "Delete", "Restore", "Merge")
    steps = tuple(RegisteredStep(message=message, table=None) for message in messages)

    assert check_steps([RegisteredWebhook(ADDRESS, steps)], WATCHED, ADDRESS).code is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (only("Restore", "lead"), "lead Restore"),
        (only("Restore", "contact", is_enabled=False), "contact Restore"),
        (only("Merge", "contact"), "contact Merge"),
        (only("Update", "account"), "account Update (name)"),
        (only("Update", "account", columns=frozenset({"city"})), "account Update (name)"),
        (only("Merge", "lead"), "lead Merge"),
        (only("Update", "team"), "team Update (name)"),
        (
            only("Update", "systemuser"),
            "systemuser Update (firstname, fullname, lastname, middlename)",
        ),
    ],
    ids=["lead", "off", "merge", "company", "other columns", "merged leads", "team", "user"],
)
def test_recommended_is_a_warning(change: Change, named: str) -> None:
    """
    Steps without which the sync works are recommended by name.
    """
    found = check(change)

    assert (found.outcome, found.code) == (CheckOutcome.WARNING, "step_recommended")
    assert f"the steps {named} are recommended" in (found.detail or "")


@pytest.mark.parametrize(
    "url",
    [
        "https://connector.example/API/webhooks/Dataverse/",
        "https://CONNECTOR.example:443/api/webhooks/dataverse",
        "https://connector.example/api/webhooks/dataverse?code=x",
    ],
)
def test_own_address_in_any_spelling(url: str) -> None:
    """
    Our own address is known however it was written.
    """
    assert check(url=url).code is None


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/api/webhooks/dataverse",
        "http://connector.example/api/webhooks/dataverse",
        "https://connector.example:8443/api/webhooks/dataverse",
        "https://connector.example/staging/api/webhooks/dataverse",
        "https://connector.example:x/api/webhooks/dataverse",
    ],
    ids=["host", "scheme", "port", "path", "broken"],
)
def test_webhook_elsewhere_is_told(url: str) -> None:
    """
    A webhook that leads to another app tells us nothing; where it leads is not repeated.
    """
    found = check(url=url)

    assert (found.outcome, found.code) == (CheckOutcome.FAILED, "points_elsewhere")
    assert url not in (found.detail or "")


def test_only_our_own_webhook_counts() -> None:
    """
    Of two webhooks of this kind the one that leads here is looked at.
    """
    other = RegisteredWebhook("https://other.example/api/webhooks/dataverse", ())
    ours = RegisteredWebhook(ADDRESS, (*all_steps(),))

    assert check_steps([other, ours], WATCHED, ADDRESS).code is None


@pytest.mark.parametrize("webhooks", [[], [RegisteredWebhook("https://[broken", ())]])
def test_no_webhook_is_told(webhooks: list[RegisteredWebhook]) -> None:
    """
    Without a webhook of ours nothing is told at all.
    """
    assert check_steps(webhooks, WATCHED, ADDRESS).code == "not_registered"


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        (lambda step: step, CheckOutcome.OK, "path_only"),
        (only("Merge", "contact"), CheckOutcome.WARNING, "step_recommended"),
    ],
    ids=["well", "recommended"],
)
def test_unknown_address_compares_the_path(
    change: Change, outcome: CheckOutcome, code: str
) -> None:
    """
    Who does not know its own address compares the path alone, and says so.
    """
    found = check(change, url="https://anywhere.example/api/webhooks/dataverse", address=None)

    assert (found.outcome, found.code) == (outcome, code)
    assert "only the path was compared: set PUBLIC_URL" in (found.detail or "")


@pytest.mark.parametrize("url", ["", "http://[broken", "https://x.example/api/webhooks"])
def test_other_paths_are_not_ours(url: str) -> None:
    """
    What has another path is somebody else's.
    """
    assert not leads_to_us(url)
