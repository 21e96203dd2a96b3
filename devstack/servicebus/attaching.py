"""How a client's wish for a link becomes a link, or a refusal."""

from collections.abc import Callable
from typing import Protocol

from devstack.servicebus.access import SharedKey
from devstack.servicebus.conditions import NOT_ALLOWED, NOT_IMPLEMENTED, UNAUTHORIZED, RefusedError
from devstack.servicebus.links import MAX_MESSAGE_SIZE, InLink, QueueLink, ReplyLink
from devstack.servicebus.management import management_node
from devstack.servicebus.namespace import CBS_NODE, MANAGEMENT_SUFFIX, Namespace, path_of
from devstack.servicebus.nodes import Answer, Node, Request, answer
from devstack.servicebus.performatives import Attach
from devstack.servicebus.queue import Queue
from devstack.servicebus.sections import read_messages
from devstack.servicebus.session import Link, Session
from devstack.servicebus.values import Described, UInt, ULong

_TERMINUS = {0x28, 0x29}
_FILTER = 7  # the field of a source that holds its filters
_SESSION_FILTER = "com.microsoft:session-filter"
_SETTLED = 1
_UNAUTHORISED = 401


class Client(Protocol):
    """Who attaches."""

    authorised: bool


def attach(session: Session, wanted: Attach, namespace: Namespace, client: Client) -> None:
    """Attach a link, or answer with the error that detaches it."""
    try:
        link = _make(session, wanted, namespace, client)
    except RefusedError as refusal:
        _refuse(session, wanted, refusal)
        return

    session.links[wanted.handle] = link
    session.send(
        wanted._replace(
            role=not wanted.role,
            unsettled=None,
            initial_delivery_count=UInt(0) if wanted.role else None,
            max_message_size=ULong(MAX_MESSAGE_SIZE),
            offered_capabilities=None,
            desired_capabilities=None,
        )
    )
    if isinstance(link, InLink):
        link.open(wanted.initial_delivery_count or 0)


def _refuse(session: Session, wanted: Attach, refusal: RefusedError) -> None:
    # An attach without the terminus that was asked for announces that a detach follows.
    session.send(
        Attach(
            name=wanted.name,
            handle=wanted.handle,
            role=not wanted.role,
            initial_delivery_count=UInt(0) if wanted.role else None,
        )
    )
    session.refuse(wanted.handle, refusal)


def _make(session: Session, wanted: Attach, namespace: Namespace, client: Client) -> Link:
    address = _address(wanted.source if wanted.role else wanted.target)
    node = _node(address, namespace, client)
    if node is None:
        if not client.authorised:
            raise _unauthorised(address)
        queue = namespace.get(address)
        _refuse_extensions(wanted)
        return _queue_link(session, wanted, queue)

    if wanted.role:
        return ReplyLink(session, wanted.handle, path_of(address))

    return InLink(session, wanted.handle, _requests(session, address, node))


def _refuse_extensions(wanted: Attach) -> None:
    """Refuse what a client asks of a link beyond AMQP itself, for nothing of it is built."""
    fields = wanted.source.value if wanted.role and wanted.source else []
    filters = fields[_FILTER] if isinstance(fields, list) and len(fields) > _FILTER else None
    if isinstance(filters, dict) and _SESSION_FILTER in filters:
        raise RefusedError(
            NOT_ALLOWED,
            "It is not possible for an entity that does not require sessions to create a sessionful"
            " message receiver.",
        )

    if filters or wanted.desired_capabilities:
        asked = filters or wanted.desired_capabilities
        raise RefusedError(
            NOT_IMPLEMENTED, f"the emulator has no such filter or capability: {asked}"
        )


def _node(address: str, namespace: Namespace, client: Client) -> Node | None:
    path = path_of(address)
    if path == CBS_NODE:
        return _token_node(namespace.key, client)

    if not path.endswith(MANAGEMENT_SUFFIX):
        return None

    if not client.authorised:
        raise _unauthorised(address)

    return management_node(namespace.get(path.removesuffix(MANAGEMENT_SUFFIX)))


def _queue_link(session: Session, wanted: Attach, queue: Queue) -> Link:
    if wanted.role:
        deletes = wanted.snd_settle_mode == _SETTLED
        return QueueLink(session, wanted.handle, queue, deletes=deletes)

    if queue.dead_letters is None:
        raise RefusedError(NOT_ALLOWED, f"Cannot send to the dead-letter queue '{queue.name}'.")

    def accept(message_format: int, payload: bytes) -> None:
        queue.send(read_messages(message_format, payload))

    return InLink(session, wanted.handle, accept)


def _requests(session: Session, address: str, node: Node) -> Callable[[int, bytes], None]:
    def accept(_: int, payload: bytes) -> None:
        _reply_link(session, address).reply(answer(node, payload))

    return accept


def _token_node(key: SharedKey, client: Client) -> Node:
    def put_token(request: Request) -> Answer:
        if request.properties.get("operation") != "put-token":
            raise RefusedError(NOT_IMPLEMENTED, "only put-token is supported", 501)

        if not key.accepts_token(request.body):
            return Answer(
                None,
                _UNAUTHORISED,
                "InvalidSignature: The token has an invalid signature, or was not made with the "
                "shared key of the emulator.",
            )

        client.authorised = True

        return Answer()

    return put_token


def _reply_link(session: Session, address: str) -> ReplyLink:
    for link in session.links.values():
        if isinstance(link, ReplyLink) and link.address == path_of(address):
            return link

    raise RefusedError(NOT_ALLOWED, f"no link is attached to receive the answers of {address}")


def _address(terminus: Described | None) -> str:
    if terminus is None or terminus.descriptor not in _TERMINUS:
        raise RefusedError(NOT_IMPLEMENTED, "transactions are not supported by the emulator")

    fields = terminus.value
    if not isinstance(fields, list) or not fields or not isinstance(fields[0], str):
        raise RefusedError(NOT_IMPLEMENTED, "a link must name an address")

    return fields[0]


def _unauthorised(address: str) -> RefusedError:
    return RefusedError(UNAUTHORIZED, f"Unauthorized access to '{address}': put a token first.")
