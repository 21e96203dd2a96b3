"""What becomes of a notification."""

import pytest

from connector.application.receive_webhook import OUR_TAG, Ourselves, Receipt, receive_webhook
from connector.domain.contact import OrganisationId
from connector.domain.errors import InvalidEventError, TransientError
from connector.domain.event import Change, Notification
from tests.builders import ORGANISATION, a_notification
from tests.fakes import FakeQueue

US = Ourselves(ORGANISATION, user="our-user")


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

    receipt = await receive_webhook(a_notification("lead", message), ourselves=US, queue=queue)

    assert receipt is Receipt.ACCEPTED
    [event] = queue.events
    assert (event.change, event.key.table, event.forced) == (change, "lead", False)


@pytest.mark.parametrize(
    ("notification", "receipt"),
    [
        pytest.param(a_notification("account"), Receipt.NOT_SYNCED, id="table"),
        pytest.param(a_notification(message="Assign"), Receipt.NOT_SYNCED, id="message"),
        pytest.param(a_notification("account", row_id=None), Receipt.NOT_SYNCED, id="no row"),
        pytest.param(
            a_notification(organisation=OrganisationId("another")), Receipt.FOREIGN, id="foreign"
        ),
        pytest.param(a_notification(user="our-user", tag=OUR_TAG), Receipt.ECHO, id="echo"),
    ],
)
async def test_other_notification_is_left(notification: Notification, receipt: Receipt) -> None:
    """
    What is not for us never reaches the queue.
    """
    queue = FakeQueue()

    assert await receive_webhook(notification, ourselves=US, queue=queue) is receipt

    assert queue.events == []


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

    receipt = await receive_webhook(notification, ourselves=ourselves, queue=queue)

    assert receipt is Receipt.ACCEPTED


async def test_refusing_queue_is_told() -> None:
    """
    When the queue does not take the pointer the caller learns it.
    """
    queue = FakeQueue()
    queue.errors = [TransientError("service bus must take the event")]

    with pytest.raises(TransientError):
        await receive_webhook(a_notification(), ourselves=US, queue=queue)


async def test_change_of_no_row_is_refused() -> None:
    """
    A change to a contact or lead that does not say to which is an error of the caller.
    """
    queue = FakeQueue()

    with pytest.raises(InvalidEventError, match=r"^PrimaryEntityId: must name a row$"):
        await receive_webhook(a_notification(row_id=None), ourselves=US, queue=queue)

    assert queue.events == []
