"""What a client may ask of a link beyond AMQP itself."""

from types import SimpleNamespace

import pytest

from devstack.servicebus.access import SharedKey
from devstack.servicebus.attaching import attach
from devstack.servicebus.config import QueueSettings
from devstack.servicebus.faults import Faults
from devstack.servicebus.namespace import Namespace
from devstack.servicebus.performatives import Attach, Begin, Flow
from devstack.servicebus.queue import Queue
from devstack.servicebus.session import Session
from devstack.servicebus.values import Array, Described, Symbol, UInt, ULong

_NUMBER = UInt(100)
_FILTER = {Symbol("apache.org:selector-filter:string"): "price > 5"}


@pytest.mark.parametrize(
    ("filters", "capabilities"),
    [
        pytest.param(_FILTER, None, id="filter"),
        pytest.param(None, Array([Symbol("com.example:magic")]), id="capability"),
    ],
)
def test_unknown_extension_is_refused(filters: object, capabilities: object) -> None:
    """
    A filter or capability that is not built is refused, and late credit for it does no harm.
    """
    sent: list[bytes] = []
    session = Session(0, Begin(None, UInt(0), _NUMBER, _NUMBER), sent.append)
    queue = Queue.with_dead_letters(QueueSettings("changes"))
    namespace = Namespace({"changes": queue}, Faults(lambda: None), SharedKey())
    source = Described(ULong(0x28), ["changes", *[None] * 6, filters])
    wanted = Attach("link", UInt(0), role=True, source=source, desired_capabilities=capabilities)

    attach(session, wanted, namespace, SimpleNamespace(authorised=True))
    session.on_flow(Flow(UInt(0), _NUMBER, UInt(0), _NUMBER, handle=UInt(0), link_credit=UInt(1)))

    assert b"amqp:not-implemented" in b"".join(sent)
    assert not session.links
