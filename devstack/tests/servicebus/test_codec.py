"""The AMQP codec: what is written is read back the same, and rubbish is refused."""

import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.servicebus import values
from devstack.servicebus.decoding import decode
from devstack.servicebus.encoding import encode
from devstack.servicebus.performatives import Attach, Flow, Open, Transfer, frame, parse
from devstack.servicebus.quick_frames import Delivery, accepted_frame, transfer_frames
from devstack.servicebus.values import (
    Array,
    DecodeError,
    Described,
    EncodeError,
    Symbol,
    UByte,
    UInt,
    ULong,
)
from devstack.servicebus.widths import skip
from devstack.servicebus.wire import FrameReader


def integers(kind: type[int], bits: int, *, signed: bool) -> st.SearchStrategy[object]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    return st.integers(low, high - 1).map(kind)


SYMBOLS = st.text(string.ascii_letters + string.digits + ":-", max_size=300).map(Symbol)
NUMBERS = {
    int: integers(int, 64, signed=True),
    values.UByte: integers(values.UByte, 8, signed=False),
    values.UShort: integers(values.UShort, 16, signed=False),
    values.UInt: integers(values.UInt, 32, signed=False),
    values.ULong: integers(values.ULong, 64, signed=False),
    values.Byte: integers(values.Byte, 8, signed=True),
    values.Short: integers(values.Short, 16, signed=True),
    values.Int: integers(values.Int, 32, signed=True),
    values.Timestamp: integers(values.Timestamp, 64, signed=True),
}
TEXTS = {
    str: st.text(max_size=300),
    bytes: st.binary(max_size=300),
    Symbol: SYMBOLS,
    uuid.UUID: st.uuids(),
}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.floats(allow_nan=False, width=32).map(values.Float),
    st.characters(exclude_categories=["Cs"]).map(values.Char),
    st.binary(min_size=4, max_size=4).map(values.Decimal32),
    st.binary(min_size=8, max_size=8).map(values.Decimal64),
    st.binary(min_size=16, max_size=16).map(values.Decimal128),
    *NUMBERS.values(),
    *TEXTS.values(),
)
ARRAYS = st.one_of(
    [
        st.lists(strategy, min_size=1, max_size=70).map(Array)
        for strategy in (st.booleans(), *NUMBERS.values(), *TEXTS.values())
    ]
)
ANYTHING = st.recursive(
    st.one_of(SCALARS, ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(*TEXTS.values()), inner, max_size=5),
        st.builds(Described, NUMBERS[values.ULong], inner),
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_value_survives_round_trip(value: object) -> None:
    """
    A value that is written is read back equal, of the same type, and as long as it was.
    """
    data = encode(value)

    got, end = decode(data + b"behind")

    assert got == value
    assert type(got) is type(value)
    assert end == len(data) == skip(data + b"behind", 0)
    assert encode(got) == data


@given(st.binary(max_size=200))
def test_rubbish_raises_decode_error(data: bytes) -> None:
    """
    Bytes from outside are a value or a decode error, and nothing else.
    """
    try:
        _, end = decode(data)
    except DecodeError:
        return

    assert 0 < end <= len(data)


@given(ANYTHING, st.data())
def test_cut_value_refused(value: object, data: st.DataObject) -> None:
    """
    A value that is cut off is refused.
    """
    whole = encode(value)
    cut = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(DecodeError):
        decode(whole[:cut])


@pytest.mark.parametrize(
    ("code", "value"),
    [
        pytest.param("40", None, id="null"),
        pytest.param("41", True, id="true"),
        pytest.param("5601", True, id="boolean"),
        pytest.param("43", UInt(0), id="uint-zero"),
        pytest.param("5207", UInt(7), id="uint-small"),
        pytest.param("7000000007", UInt(7), id="uint-large"),
        pytest.param("55ff", -1, id="long-small"),
        pytest.param("a10568656c6c6f", "hello", id="string"),
        pytest.param("b10000000568656c6c6f", "hello", id="string-large"),
        pytest.param("a30161", Symbol("a"), id="symbol"),
        pytest.param("45", [], id="empty-list"),
        pytest.param("c0020141", [True], id="list-small"),
        pytest.param("d0000000050000000141", [True], id="list-large"),
        pytest.param("c10502a1016b40", {"k": None}, id="map"),
        pytest.param("e00402520102", Array([UInt(1), UInt(2)]), id="array"),
        pytest.param("00532445", Described(ULong(0x24), []), id="accepted"),
    ],
)
def test_known_bytes_are_read(code: str, value: object) -> None:
    """
    The encodings of the specification are read as it says.
    """
    got, _ = decode(bytes.fromhex(code))

    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="no-type"),
        pytest.param(2**63, id="too-large"),
        pytest.param(UByte(256), id="over-a-byte"),
        pytest.param(values.Decimal32(b"1"), id="wrong-width"),
        pytest.param(Symbol("é"), id="not-ascii"),
        pytest.param(Array([1, "a"]), id="mixed-array"),
    ],
)
def test_impossible_value_not_written(value: object) -> None:
    """
    What AMQP cannot carry is refused before it is sent.
    """
    with pytest.raises(EncodeError):
        encode(value)


@given(
    st.sampled_from(
        [
            Open("me", "host", UInt(512)),
            Attach("link", UInt(3), role=True, properties={Symbol("p"): 1}),
            Flow(None, UInt(1), UInt(2), UInt(3), UInt(4), drain=True),
            Transfer(UInt(1), UInt(2), b"tag", UInt(0), settled=True),
        ]
    ),
    st.binary(max_size=50),
    st.integers(0, 65535),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_frame_survives_any_cut(
    sent: Open | Attach | Flow | Transfer, payload: bytes, channel: int, cuts: list[int]
) -> None:
    """
    A frame is read whole, in whatever pieces it arrives.
    """
    data, reader, got = frame(channel, sent, payload), FrameReader(65536), []
    while data:
        size = cuts[len(data) % len(cuts)]
        got += list(reader.feed(data[:size]))
        data = data[size:]

    [received] = got
    assert received.channel == channel
    assert parse(received.body) == (sent, payload)


@given(st.binary(max_size=2000), st.integers(100, 700), st.booleans())
def test_quick_transfer_reads_back(payload: bytes, size: int, settled: bool) -> None:
    """
    The quick transfer frames are what the general codec would read, none larger than allowed.
    """
    delivery = Delivery(2**20, 2**30, b"0123456789abcdef", settled, payload)

    frames = list(transfer_frames(7, delivery, size))
    parts = [parse(got.body) for data in frames for got in FrameReader(65536).feed(data)]

    assert max(len(data) for data in frames) <= size
    assert b"".join(part for _, part in parts) == payload
    for number, (transfer, _) in enumerate(parts, 1):
        assert transfer == Transfer(
            UInt(2**20),
            UInt(2**30),
            b"0123456789abcdef",
            UInt(0),
            settled,
            more=number < len(parts),
        )


def test_quick_acceptance_reads_back() -> None:
    """
    The quick disposition is what the general codec would read.
    """
    [received] = FrameReader(65536).feed(accepted_frame(3, 77, by_receiver=True))

    body, payload = parse(received.body)

    assert received.channel == 3
    assert body == (True, 77, 77, True, Described(ULong(0x24), []), None)
    assert payload == b""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x00\x00\x00\x04\x02\x00\x00\x00", id="too-small"),
        pytest.param(b"\x7f\x00\x00\x00\x02\x00\x00\x00", id="too-large"),
        pytest.param(b"\x00\x00\x00\x08\x01\x00\x00\x00", id="offset-inside-header"),
    ],
)
def test_impossible_frame_refused(data: bytes) -> None:
    """
    A frame that cannot be is refused as soon as its header is there.
    """
    with pytest.raises(DecodeError):
        list(FrameReader(65536).feed(data))
