"""One AMQP connection, from its first byte to its last."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from devstack.servicebus.attaching import attach
from devstack.servicebus.conditions import (
    CONNECTION_FORCED,
    FRAMING_ERROR,
    NOT_ALLOWED,
    RefusedError,
)
from devstack.servicebus.namespace import Namespace
from devstack.servicebus.performatives import (
    EMPTY_FRAME,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Open,
    Performative,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Transfer,
    frame,
    parse,
)
from devstack.servicebus.session import ProtocolError, Session
from devstack.servicebus.values import Array, DecodeError, Symbol, UByte, UInt, UShort
from devstack.servicebus.wire import AMQP_HEADER, SASL_HEADER, Frame, FrameReader, Outbox

_log = logging.getLogger(__name__)

_MAX_FRAME_SIZE = 65536
_CHANNEL_MAX = 4999
# A connection closed with bytes unread is reset, and the client never reads the reason. So what
# a refused client still sends is read and thrown away for a while.
_LINGER = 1.0
_SASL_OK, _SASL_AUTH = UByte(0), UByte(1)
_MECHANISMS = [Symbol("MSSBCBS"), Symbol("PLAIN"), Symbol("ANONYMOUS"), Symbol("EXTERNAL")]


class Connection(asyncio.Protocol):
    """A client's connection to the namespace."""

    def __init__(self, namespace: Namespace, connections: "set[Connection]") -> None:
        """Take what all connections share, and the set of those that are open."""
        self.authorised = False
        self._namespace = namespace
        self._connections = connections
        self._reader = FrameReader(_MAX_FRAME_SIZE)
        self._sessions: dict[int, Session] = {}
        self._max_frame_size = 512
        self._heartbeat: asyncio.TimerHandle | None = None
        self._closing = False
        self._handlers: dict[type, Callable[[int, Any, bytes], None]] = {
            Transfer: self._on_transfer,
            Disposition: lambda channel, body, _: self._session(channel).on_disposition(body),
            Flow: lambda channel, body, _: self._session(channel).on_flow(body),
            Attach: self._on_attach,
            Detach: self._on_detach,
            Begin: self._on_begin,
            End: self._on_end,
            Open: self._on_open,
            Close: self._on_close,
            SaslInit: self._on_sasl_init,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless a fault refuses it."""
        self._transport = cast("asyncio.Transport", transport)
        self._outbox = Outbox(self._transport, lambda: self._namespace.faults.latency)
        if self._namespace.faults.refuses_connection():
            self._transport.abort()
        self._connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Deliver no more; what the client has locked stays locked."""
        self._connections.discard(self)
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def data_received(self, data: bytes) -> None:
        """Do what the frames say; close with an error what breaks the protocol."""
        try:
            for received in self._reader.feed(data):
                if self._closing:
                    return
                self._on_frame(received)
        except DecodeError as exc:
            self._refuse(ProtocolError(FRAMING_ERROR, str(exc)))
        except RefusedError as refusal:
            self._refuse(refusal)

    def drop(self) -> None:
        """Cut the connection without a word."""
        self._transport.abort()

    def end(self) -> None:
        """Close because the server stops."""
        self._close(RefusedError(CONNECTION_FORCED, "The server is stopping."))

    def _refuse(self, refusal: RefusedError) -> None:
        """Close because the client broke the protocol, and let it read why."""
        _log.warning("connection closed: %s", refusal.description)
        self._namespace.violations.append(refusal.description)
        self._close(refusal, linger=_LINGER)

    def _close(self, refusal: RefusedError | None, linger: float = 0.0) -> None:
        if self._closing:
            return

        self._closing = True
        self._send(0, Close(refusal.described() if refusal else None))
        self._outbox.close(linger)

    def _on_frame(self, received: Frame) -> None:
        if received.kind is None:
            self._on_header(received.body)
        elif received.body:
            body, payload = parse(received.body)
            handler = self._handlers.get(type(body))
            if handler is None:
                raise ProtocolError(NOT_ALLOWED, f"{type(body).__name__} is not for a server")
            handler(received.channel, body, payload)

    def _on_header(self, header: bytes) -> None:
        if header == SASL_HEADER:
            self._outbox.put(SASL_HEADER)
            self._send(0, SaslMechanisms(Array(_MECHANISMS)))
        elif header == AMQP_HEADER:
            self._outbox.put(AMQP_HEADER)
        else:
            self._outbox.put(SASL_HEADER)
            self._closing = True
            self._outbox.close()

    def _on_sasl_init(self, _: int, init: SaslInit, __: bytes) -> None:
        if init.mechanism == "PLAIN":
            self.authorised = self._namespace.key.accepts_plain(init.initial_response or b"")
            self._send(0, SaslOutcome(_SASL_OK if self.authorised else _SASL_AUTH))
        else:
            known = init.mechanism in _MECHANISMS
            self._send(0, SaslOutcome(_SASL_OK if known else _SASL_AUTH))

    def _on_open(self, _: int, opened: Open, __: bytes) -> None:
        self._max_frame_size = min(opened.max_frame_size or _MAX_FRAME_SIZE, _MAX_FRAME_SIZE)
        self._send(
            0,
            Open(
                container_id="devstack-servicebus",
                max_frame_size=UInt(_MAX_FRAME_SIZE),
                channel_max=UShort(_CHANNEL_MAX),
            ),
        )
        if opened.idle_time_out:
            self._beat(opened.idle_time_out / 2000)

    def _beat(self, seconds: float) -> None:
        """Keep a client that closes silent connections from closing this one."""
        self._outbox.put(EMPTY_FRAME)
        loop = asyncio.get_running_loop()
        self._heartbeat = loop.call_later(seconds, self._beat, seconds)

    def _on_begin(self, channel: int, begin: Begin, _: bytes) -> None:
        session = Session(channel, begin, self._outbox.put)
        session.max_frame_size = self._max_frame_size
        self._sessions[channel] = session
        session.begin()

    def _on_end(self, channel: int, _: End, __: bytes) -> None:
        self._session(channel).close()
        del self._sessions[channel]
        self._send(channel, End())

    def _on_attach(self, channel: int, wanted: Attach, _: bytes) -> None:
        attach(self._session(channel), wanted, self._namespace, self)

    def _on_detach(self, channel: int, detach: Detach, _: bytes) -> None:
        session = self._session(channel)
        attached = detach.handle in session.links
        session.detach(detach.handle)
        if attached:
            session.send(Detach(detach.handle, closed=True))

    def _on_transfer(self, channel: int, transfer: Transfer, payload: bytes) -> None:
        self._session(channel).on_transfer(transfer, payload)

    def _on_close(self, _: int, __: Close, ___: bytes) -> None:
        self._close(None)

    def _session(self, channel: int) -> Session:
        session = self._sessions.get(channel)
        if session is None:
            raise ProtocolError(NOT_ALLOWED, f"no session has begun on channel {channel}")

        return session

    def _send(self, channel: int, performative: Performative) -> None:
        self._outbox.put(frame(channel, performative))
