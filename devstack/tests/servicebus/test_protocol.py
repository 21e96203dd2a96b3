"""A client that speaks raw AMQP, and not always well."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from devstack.servicebus import ServiceBusEmulator
from devstack.servicebus.encoding import encode
from devstack.servicebus.performatives import (
    Attach,
    Begin,
    Close,
    Disposition,
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
from devstack.servicebus.sections import DATA
from devstack.servicebus.values import Described, Symbol, UByte, UInt, ULong, UShort
from devstack.servicebus.wire import AMQP_HEADER, SASL_HEADER, FrameReader

BODY = encode(Described(ULong(DATA), b"hello"))
WINDOW = UInt(1000)
PLAIN = b"\0RootManageSharedAccessKey\0SAS_KEY_VALUE"


class Raw:
    """A connection that writes what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._frames = FrameReader(65536)
        self._waiting: list[Performative | bytes] = []

    def send(self, performative: Performative, payload: bytes = b"") -> None:
        self.writer.write(frame(0, performative, payload))

    async def next(self) -> Performative | bytes:
        while not self._waiting:
            data = await self._reader.read(65536)
            if not data:
                raise EOFError
            for got in self._frames.feed(data):
                is_frame = got.kind is not None and got.body
                self._waiting.append(parse(got.body)[0] if is_frame else got.body)

        return self._waiting.pop(0)

    async def until[P: Performative](self, kind: type[P]) -> P:
        while True:
            got = await self.next()
            if isinstance(got, kind):
                return got

    async def authenticate(self, response: bytes) -> SaslOutcome:
        self.writer.write(SASL_HEADER)
        self.send(SaslInit(Symbol("PLAIN"), response))

        return await self.until(SaslOutcome)

    async def begin(self) -> None:
        await self.authenticate(PLAIN)
        self.writer.write(AMQP_HEADER)
        self.send(Open("raw", max_frame_size=UInt(65536)))
        self.send(Begin(None, UInt(0), WINDOW, WINDOW))
        await self.until(Begin)

    async def attach(self, handle: int, address: str, *, receiver: bool) -> Attach:
        self.send(
            Attach(
                name=f"link-{handle}",
                handle=UInt(handle),
                role=receiver,
                snd_settle_mode=UByte(0),
                source=Described(ULong(0x28), [address]),
                target=Described(ULong(0x29), [address]),
                initial_delivery_count=None if receiver else UInt(0),
            )
        )

        return await self.until(Attach)

    def transfer(self, number: int, *, more: bool = False, handle: int = 0) -> None:
        tag = number.to_bytes(4, "big")
        told = Transfer(UInt(handle), UInt(number), tag, UInt(0), settled=False, more=more)
        self.send(told, BODY)


class Stage(NamedTuple):
    """An emulator and a raw connection to it."""

    emulator: ServiceBusEmulator
    raw: Raw


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    emulator = ServiceBusEmulator()
    facts = await emulator.start()
    host, port = str(facts["connection_string"]).split(";")[0].split("//")[1].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    yield Stage(emulator, Raw(reader, writer))
    writer.close()
    await writer.wait_closed()
    await emulator.stop()


def condition_of(closed: Close) -> object:
    assert closed.error is not None
    assert isinstance(closed.error.value, list)

    return closed.error.value[0]


async def test_good_deliveries_are_accepted(stage: Stage) -> None:
    """
    Deliveries in order, from any first number on, are accepted one by one.
    """
    raw = stage.raw
    await raw.begin()
    await raw.attach(0, "changes", receiver=False)

    raw.transfer(41)
    raw.transfer(42)
    first, second = await raw.until(Disposition), await raw.until(Disposition)

    assert (first.first, second.first) == (41, 42)
    assert first.state == second.state == Described(ULong(0x24), [])
    assert stage.emulator.queues["changes"].incoming == 2


@pytest.mark.parametrize(
    "numbers", [pytest.param([0, 2], id="gap"), pytest.param([0, 0], id="repeated")]
)
async def test_delivery_out_of_order_closes(stage: Stage, numbers: list[int]) -> None:
    """
    A delivery id out of order closes the connection and says why.
    """
    raw = stage.raw
    await raw.begin()
    await raw.attach(0, "changes", receiver=False)

    for number in numbers:
        raw.transfer(number)
    closed = await raw.until(Close)

    assert condition_of(closed) == "amqp:session:invalid-field"
    assert stage.emulator.queues["changes"].incoming == 1


async def test_delivery_ids_span_links(stage: Stage) -> None:
    """
    Delivery ids count per session, over all of its links.
    """
    raw = stage.raw
    await raw.begin()
    await raw.attach(0, "changes", receiver=False)
    await raw.attach(1, "jobs", receiver=False)

    raw.transfer(0, handle=0)
    raw.transfer(1, handle=1)
    raw.transfer(1, handle=0)
    await raw.until(Close)

    assert stage.emulator.queues["jobs"].incoming == 1


async def test_interleaved_parts_close(stage: Stage) -> None:
    """
    A delivery that begins before another on the same link has ended closes the connection.
    """
    raw = stage.raw
    await raw.begin()
    await raw.attach(0, "changes", receiver=False)

    raw.transfer(0, more=True)
    raw.transfer(1)
    await raw.until(Close)

    assert stage.emulator.queues["changes"].incoming == 0


async def test_unknown_handle_closes(stage: Stage) -> None:
    """
    A delivery on a link that is not attached closes the connection.
    """
    await stage.raw.begin()

    stage.raw.transfer(0, handle=9)

    assert condition_of(await stage.raw.until(Close)) == "amqp:session:unattached-handle"


async def test_rubbish_closes(stage: Stage) -> None:
    """
    Bytes that are no frame close the connection.
    """
    await stage.raw.begin()

    stage.raw.writer.write(b"GET / HTTP/1.1\r\n\r\n")

    assert condition_of(await stage.raw.until(Close)) == "amqp:connection:framing-error"


async def test_unknown_header_answered(stage: Stage) -> None:
    """
    Who speaks another protocol is told which one is spoken here, and let go.
    """
    stage.raw.writer.write(b"AMQP\x00\x00\x09\x01")

    assert await stage.raw.next() == SASL_HEADER
    with pytest.raises(EOFError):
        await stage.raw.next()


async def test_wrong_password_refused(stage: Stage) -> None:
    """
    SASL PLAIN needs the name and the key.
    """
    outcome = await stage.raw.authenticate(b"\0RootManageSharedAccessKey\0guess")

    assert outcome.code == 1


async def test_anonymous_needs_a_token(stage: Stage) -> None:
    """
    Who has shown no key cannot attach to a queue.
    """
    raw = stage.raw
    raw.writer.write(SASL_HEADER)
    offered = await raw.until(SaslMechanisms)
    raw.send(SaslInit(Symbol("ANONYMOUS")))
    raw.writer.write(AMQP_HEADER)
    raw.send(Open("raw"))
    raw.send(Begin(None, UInt(0), WINDOW, WINDOW))

    attached = await raw.attach(0, "changes", receiver=False)

    assert "ANONYMOUS" in offered.mechanisms
    assert attached.target is None


async def test_small_window_holds_back(stage: Stage) -> None:
    """
    No more frames come than the client's session window allows, until it opens.
    """
    raw = stage.raw
    await raw.authenticate(PLAIN)
    raw.writer.write(AMQP_HEADER)
    raw.send(Open("raw", max_frame_size=UInt(65536)))
    raw.send(Begin(None, UInt(0), UInt(2), WINDOW))
    await raw.attach(0, "changes", receiver=False)
    await raw.attach(1, "changes", receiver=True)
    for number in range(4):
        raw.transfer(number)

    raw.send(Flow(UInt(0), UInt(2), UInt(4), WINDOW, UInt(1), UInt(0), UInt(10), echo=True))
    early = [await raw.until(Transfer), await raw.until(Transfer)]
    raw.send(Flow(UInt(2), UInt(2), UInt(4), WINDOW))
    late = [await raw.until(Transfer), await raw.until(Transfer)]

    assert [transfer.delivery_id for transfer in early + late] == [0, 1, 2, 3]
    assert len(stage.emulator.queues["changes"].store.locked) == 4


async def test_drain_uses_up_credit(stage: Stage) -> None:
    """
    A client that drains gets what there is and an answer that ends its credit.
    """
    raw = stage.raw
    await raw.begin()
    await raw.attach(0, "changes", receiver=False)
    raw.transfer(0)
    await raw.until(Disposition)
    await raw.attach(1, "changes", receiver=True)

    raw.send(Flow(UInt(0), WINDOW, UInt(1), WINDOW, UInt(1), UInt(0), UInt(5), drain=True))
    transfer = await raw.until(Transfer)
    told = await raw.until(Flow)

    assert transfer.delivery_id == 0
    assert (told.delivery_count, told.link_credit, told.drain) == (5, 0, True)


async def test_idle_client_is_kept_alive(stage: Stage) -> None:
    """
    A client that closes silent connections hears a heartbeat.
    """
    raw = stage.raw
    raw.writer.write(AMQP_HEADER)
    raw.send(Open("raw", idle_time_out=UInt(100), channel_max=UShort(1)))

    await raw.until(Open)
    beats = [await raw.next() for _ in range(3)]

    assert beats == [b"", b"", b""]
