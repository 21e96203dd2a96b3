"""What becomes of a notification."""

from dataclasses import replace

import pytest

from connector.application.receive_webhook import OUR_TAG, Ourselves, Receipt, receive_webhook
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError, TransientError
from connector.domain.event import Change, Notification
from tests.builders import NOW, ORGANISATION, a_notification, an_id
from tests.fakes import FakeQueue

US = Ourselves(ORGANISATION, user="our-user")
NAME = frozenset({"name", "modifiedon"})


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ("Create", Change.CREATED),
        ("Update", Change.UPDATED),
        ("Delete", Change.DELETED),
        ("QualifyLead", Change.UPDATED),
    ],
)
async def test_change_is_queued(message: str, change: Change) -> None:
    """
    A change to a contact or lead becomes a pointer on the queue, before anyone is answered.
    """
    queue = FakeQueue()

    receipt = await receive_webhook(
        a_notification("lead", message), ourselves=US, queue=queue, now=NOW
    )

    assert receipt is Receipt.ACCEPTED
    [event] = queue.events
    assert (event.change, event.key.table, event.forced) == (change, "lead", False)
    assert event.told_at == NOW


@pytest.mark.parametrize(
    ("notification", "receipt"),
    [
        pytest.param(a_notification("task"), Receipt.NOT_SYNCED, id="table"),
        pytest.param(a_notification("account"), Receipt.NOT_SYNCED, id="company as it was named"),
        pytest.param(a_notification("account", "Create"), Receipt.NOT_SYNCED, id="new company"),
        pytest.param(a_notification(message="Assign"), Receipt.NOT_SYNCED, id="message"),
        pytest.param(a_notification("task", row_id=None), Receipt.NOT_SYNCED, id="no row"),
        pytest.param(
            a_notification(organisation=OrganisationId("another")), Receipt.FOREIGN, id="foreign"
        ),
        pytest.param(a_notification(user="our-user", tag=OUR_TAG), Receipt.ECHO, id="echo"),
        pytest.param(
            a_notification("account", user="our-user", tag=OUR_TAG, columns=NAME),
            Receipt.ECHO,
            id="echo of a name",
        ),
        pytest.param(
            a_notification("account", organisation=OrganisationId("another"), columns=NAME),
            Receipt.FOREIGN,
            id="foreign name",
        ),
    ],
)
async def test_other_notification_is_left(notification: Notification, receipt: Receipt) -> None:
    """
    What is not for us never reaches the queue.
    """
    queue = FakeQueue()

    assert await receive_webhook(notification, ourselves=US, queue=queue, now=NOW) is receipt

    assert (queue.events, queue.related) == ([], [])


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        pytest.param("account", NAME, id="company"),
        pytest.param("team", NAME, id="team"),
        pytest.param("systemuser", frozenset({"lastname"}), id="user by a part of the name"),
        pytest.param("systemuser", frozenset({"fullname"}), id="user by the full name"),
        pytest.param("account", None, id="columns are not told"),
    ],
)
async def test_other_name_is_queued(table: str, columns: frozenset[str] | None) -> None:
    """
    A row that people show by name, and that may have another one, becomes an event of its own.
    """
    queue = FakeQueue()
    notification = a_notification(table, columns=columns)

    receipt = await receive_webhook(notification, ourselves=US, queue=queue, now=NOW)

    assert receipt is Receipt.ACCEPTED
    [event] = queue.related
    assert queue.events == []
    assert (event.key.table, event.key.id) == (table, notification.row_id)
    assert (event.operation, event.step) == (notification.operation, notification.step)
    assert (event.correlation, event.told_at) == (notification.correlation, NOW)


@pytest.mark.parametrize(
    ("table", "message", "columns", "related"),
    [
        pytest.param("contact", "Update", frozenset({"lastname"}), 1, id="another name"),
        pytest.param("contact", "Update", None, 1, id="columns are not told"),
        pytest.param("contact", "Update", frozenset({"jobtitle"}), 0, id="the same name"),
        pytest.param("contact", "Create", frozenset({"lastname"}), 0, id="new"),
        pytest.param("lead", "Update", frozenset({"lastname"}), 0, id="lead"),
    ],
)
async def test_contact_may_be_a_company(
    table: str, message: str, columns: frozenset[str] | None, related: int
) -> None:
    """
    A contact that gets another name may be the company of others; the contact is synced as ever.
    """
    queue = FakeQueue()

    await receive_webhook(
        a_notification(table, message, columns=columns), ourselves=US, queue=queue, now=NOW
    )

    assert (len(queue.events), len(queue.related)) == (1, related)


def a_cut_merge(table: str) -> Notification:
    cut = a_notification(table, "Merge", row_id=None, columns=None)

    return replace(cut, master=an_id(8))


@pytest.mark.parametrize("table", ["contact", "lead"])
async def test_merge_that_was_cut_short_asks_who(table: str) -> None:
    """
    A merge that does not say which row went asks who names the row that is left.
    """
    queue = FakeQueue()
    cut = a_cut_merge(table)

    assert await receive_webhook(cut, ourselves=US, queue=queue, now=NOW) is Receipt.ACCEPTED

    [event] = queue.related
    assert (event.key.table, event.key.id, event.step) == (table, an_id(8), cut.step)
    assert queue.events == []


async def test_merge_of_companies_is_left() -> None:
    """
    Companies that become one are no people.
    """
    queue = FakeQueue()
    cut = a_cut_merge("account")

    assert await receive_webhook(cut, ourselves=US, queue=queue, now=NOW) is Receipt.NOT_SYNCED

    assert queue.related == []


@pytest.mark.parametrize(
    ("ourselves", "user", "tag"),
    [
        pytest.param(US, "our-user", None, id="customer's logic as our user"),
        pytest.param(US, "somebody", OUR_TAG, id="our tag by somebody"),
        pytest.param(Ourselves(ORGANISATION), None, OUR_TAG, id="our user unknown"),
    ],
)
async def test_half_an_echo_counts(ourselves: Ourselves, user: str | None, tag: str | None) -> None:
    """
    Only our user and our tag together are an echo: customers' own logic runs as our user too.
    """
    queue = FakeQueue()
    notification = a_notification(user=user, tag=tag)

    receipt = await receive_webhook(notification, ourselves=ourselves, queue=queue, now=NOW)

    assert receipt is Receipt.ACCEPTED


async def test_refusing_queue_is_told() -> None:
    """
    When the queue does not take the pointer the caller learns it.
    """
    queue = FakeQueue()
    queue.errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await receive_webhook(a_notification(), ourselves=US, queue=queue, now=NOW)


@pytest.mark.parametrize("table", ["contact", "account"])
async def test_change_of_no_row_is_refused(table: str) -> None:
    """
    A change to a contact or another name that does not say of which is an error of the caller.
    """
    queue = FakeQueue()
    notification = a_notification(table, row_id=None, columns=NAME)

    with pytest.raises(InvalidEventError, match=r"^PrimaryEntityId: must name a row$"):
        await receive_webhook(notification, ourselves=US, queue=queue, now=NOW)

    assert (queue.events, queue.related) == ([], [])
