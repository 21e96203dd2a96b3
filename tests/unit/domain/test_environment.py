"""What the check of the CRM proves of whose environment it is."""

import pytest

from connector.domain.connection_check import Check, CheckName
from connector.domain.environment import Environment, environment_of

NAME = CheckName.DATAVERSE


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (Check(NAME), Environment.OURS),
        (Check.failed(NAME, "columns_missing", "new_city"), Environment.OURS),
        (Check.failed(NAME, "other_organisation", "must be"), Environment.OTHER),
        (Check.failed(NAME, "unreachable", "must answer"), Environment.UNKNOWN),
        (Check.failed(NAME, "refused", "must accept"), Environment.UNKNOWN),
        (Check.skipped(NAME), Environment.UNKNOWN),
    ],
    ids=["well", "columns", "other", "down", "refused", "skipped"],
)
def test_only_an_answer_proves(check: Check, expected: Environment) -> None:
    """
    Only an environment that says who it is proves anything.
    """
    assert environment_of(check) is expected
