import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.envelope import MOST_ATTEMPTS, parse_envelope, to_body
from connector.domain.contact import OrganisationId, RecordId, RecordKey, Table
from connector.domain.errors import InvalidEventError
from connector.domain.event import Change, RecordChanged
from tests.builders import a_change

guids = st.uuids().map(str)
words = st.text(max_size=100)
events = st.builds(
    RecordChanged,
    organisation=guids.map(OrganisationId),
    key=st.builds(RecordKey, st.sampled_from(Table), guids.map(RecordId)),
    change=st.sampled_from(Change),
    operation=words,
    step=words,
    correlation=words,
    forced=st.booleans(),
    attempt=st.integers(0, MOST_ATTEMPTS),
)


@given(events)
def test_event_survives_the_queue(event: RecordChanged) -> None:
    """
    Whatever is sent is read back as it was.
    """
    assert parse_envelope(to_body(event).encode()) == event


def test_body_is_pointer_only() -> None:
    """
    A message holds these fields and no others: names are contracts with messages under way.
    """
    event = a_change(forced=True, attempt=3)

    assert json.loads(to_body(event)) == {
        "v": 1,
        "kind": "record_changed",
        "organisation": event.organisation,
        "table": "contact",
        "id": event.key.id,
        "change": "updated",
        "operation": event.operation,
        "step": event.step,
        "correlation": event.correlation,
        "forced": True,
        "attempt": 3,
    }


def test_message_without_newer_fields_is_read() -> None:
    """
    A message of a sender that knew no forcing and no attempts is a plain first one.
    """
    event = a_change()
    body = json.loads(to_body(event))
    del body["forced"], body["attempt"]

    assert parse_envelope(json.dumps(body).encode()) == event


SECRET = "jan@example.nl"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param({"v": 2}, "v", id="version of tomorrow"),
        pytest.param({"v": None}, "v", id="no version"),
        pytest.param({"kind": SECRET}, "kind", id="unknown kind"),
        pytest.param({"kind": None}, "kind", id="no kind"),
        pytest.param({"table": SECRET}, "table", id="unknown table"),
        pytest.param({"change": SECRET}, "change", id="unknown change"),
        pytest.param({"id": SECRET}, "id", id="id that is none"),
        pytest.param({"organisation": SECRET}, "organisation", id="organisation that is none"),
        pytest.param({"operation": SECRET * 10}, "operation", id="operation too long"),
        pytest.param({"step": [SECRET]}, "step", id="step of a wrong type"),
        pytest.param({"attempt": -1}, "attempt", id="negative attempt"),
        pytest.param({"attempt": 10**30}, "attempt", id="attempt beyond all bounds"),
        pytest.param({"forced": SECRET}, "forced", id="forced that is neither"),
        pytest.param({SECRET: 1}, "an unknown field", id="field that is not ours"),
        pytest.param({"email": SECRET}, "an unknown field", id="value that has no place here"),
        pytest.param({"step": None, "id": SECRET}, "id, step", id="two at once"),
    ],
)
def test_strange_message_is_refused(change: dict[str, object], named: str) -> None:
    """
    The error names the fields that are wrong, and never what they hold.
    """
    whole = json.loads(to_body(a_change())) | change
    body = json.dumps({name: value for name, value in whole.items() if value is not None})

    with pytest.raises(InvalidEventError) as caught:
        parse_envelope(body.encode())

    assert str(caught.value) == f"a message must be of a known version and kind; wrong: {named}"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b'{"v": 1', b"1e999", b"[" * 5000],
    ids=lambda body: repr(body[:8]),
)
def test_garbage_is_refused(body: bytes) -> None:
    """
    What is no JSON object is refused like any other strange message.
    """
    with pytest.raises(InvalidEventError, match=r"wrong: body$"):
        parse_envelope(body)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_else_is_raised(body: bytes) -> None:
    """
    No body, whatever it is, raises another error.
    """
    with pytest.raises(InvalidEventError):
        parse_envelope(body)


def test_values_hide_from_tracebacks() -> None:
    """
    The cause that a traceback would show holds no value either.
    """
    body = json.dumps({**json.loads(to_body(a_change())), "id": SECRET})

    with pytest.raises(InvalidEventError) as caught:
        parse_envelope(body.encode())

    assert SECRET not in str(caught.value.__cause__)
