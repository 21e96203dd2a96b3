import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.envelope import (
    MOST_ATTEMPTS,
    MOST_PAGES,
    parse_envelope,
    parse_step,
    read_message,
    to_body,
)
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError
from connector.domain.event import CHANGES, JOBS, JobStep
from tests.builders import ORGANISATION, a_change
from tests.jobs import a_job

SECRET = "jan@example.nl"
STEP = a_job(page=3, resumed=2).step(ORGANISATION)

steps = st.builds(
    JobStep,
    organisation=st.uuids().map(str).map(OrganisationId),
    job=st.text(max_size=100),
    page=st.integers(0, MOST_PAGES),
    resumed=st.integers(0, 10**6),
    forced=st.booleans(),
    attempt=st.integers(0, MOST_ATTEMPTS),
)


@given(steps)
def test_step_survives_the_queue(step: JobStep) -> None:
    """
    Whatever is sent is read back as it was.
    """
    assert parse_step(to_body(step).encode()) == step


def test_step_has_these_fields() -> None:
    """
    A step holds these fields and no others: where its page begins stands in the job's row.
    """
    assert json.loads(to_body(STEP)) == {
        "v": 1,
        "kind": "job_step",
        "organisation": ORGANISATION,
        "job": "contacts_to_spotler-000001",
        "page": 3,
        "resumed": 2,
        "forced": False,
        "attempt": 0,
    }


def test_kinds_are_not_mixed_up() -> None:
    """
    A step is no change of a person, and the other way about.
    """
    with pytest.raises(InvalidEventError, match="kind"):
        parse_envelope(to_body(STEP).encode())
    with pytest.raises(InvalidEventError, match="kind"):
        parse_step(to_body(a_change()).encode())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param({"v": 2}, "v", id="version of tomorrow"),
        pytest.param({"job": SECRET * 10}, "job", id="job too long"),
        pytest.param({"page": -1}, "page", id="page before the first"),
        pytest.param({"page": SECRET}, "page", id="page that is none"),
        pytest.param({"resumed": -1}, "resumed", id="resumed less than never"),
        pytest.param({SECRET: 1}, "an unknown field", id="field that is not ours"),
    ],
)
def test_strange_step_is_refused(change: dict[str, object], named: str) -> None:
    """
    The error names the fields that are wrong, and never what they hold.
    """
    body = json.dumps(json.loads(to_body(STEP)) | change)

    with pytest.raises(InvalidEventError) as caught:
        parse_step(body.encode())

    assert str(caught.value) == f"a message must be of a known version and kind; wrong: {named}"


def test_repeated_step_has_one_id() -> None:
    """
    The queue knows a step that it was sent before; another page, chain or attempt is a new one.
    """
    others = [
        replace(STEP, page=4),
        replace(STEP, resumed=3),
        replace(STEP, job="leads_to_spotler-000001"),
        STEP.retried(),
    ]

    assert replace(STEP, forced=True).message_id == STEP.message_id
    assert len({STEP.message_id, *(one.message_id for one in others)}) == 5


def test_each_queue_has_its_kind() -> None:
    """
    A message is read as what its queue carries, and of an unknown queue nothing is.
    """
    change = a_change()

    assert read_message(CHANGES, to_body(change).encode()) == change
    assert read_message(JOBS, to_body(STEP).encode()) == STEP
    for queue, event in ((CHANGES, STEP), (JOBS, change), ("tomorrow", change)):
        with pytest.raises(InvalidEventError):
            read_message(queue, to_body(event).encode())
