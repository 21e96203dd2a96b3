"""Whoever has everything but the private key gets nowhere."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt import PyJWK
from jwt.algorithms import OKPAlgorithm

from connector.adapters.licence.format import TYPE
from connector.adapters.licence.verifier import JwsLicenceVerifier
from connector.domain.licence import LONGEST_CODE, InvalidLicenceError, LicenceFault
from tests.licences import KEYS, KID, PEM, PRIVATE, PUBLIC, a_code, some_claims

VERIFIER = JwsLicenceVerifier(keys=KEYS)
GOOD = a_code()
STRANGER = Ed25519PrivateKey.generate()
HEADER = {"alg": "EdDSA", "kid": KID, "typ": TYPE}


def refusal(code: str) -> LicenceFault:
    """Return why a code is refused; the refusal never repeats any of it."""
    with pytest.raises(InvalidLicenceError) as caught:
        VERIFIER.verify(code)

    words = str(caught.value)
    assert not any(part in words for part in code.split(".") if len(part) > 20)

    return caught.value.fault


def to_part(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def forged(header: Mapping[str, object] | bytes, *, secret: bytes | None = None) -> str:
    """Return a code with any header, and a signature by a shared secret or none at all."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{to_part(head)}.{to_part(json.dumps(some_claims()).encode())}"
    signature = b"" if secret is None else hmac.digest(secret, signed.encode(), hashlib.sha256)

    return f"{signed}.{to_part(signature)}"


def test_good_code_is_good() -> None:
    """
    The code that all forgeries start from is taken.
    """
    assert VERIFIER.verify(GOOD).customer == "Tulp & Zonen"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_no_algorithm_is_refused(algorithm: str) -> None:
    """
    A code that says it needs no signature is refused, with the signature and without.
    """
    bare = forged(HEADER | {"alg": algorithm})
    signed = f"{bare}{GOOD.rpartition('.')[2]}"

    assert refusal(bare) is LicenceFault.MALFORMED
    assert refusal(signed) is LicenceFault.FORGED


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(PEM.encode(), id="PEM"),
        pytest.param(PEM.strip().encode(), id="PEM without the last line break"),
        pytest.param(PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw), id="raw"),
        pytest.param(
            PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), id="DER"
        ),
        pytest.param(b"", id="empty"),
    ],
)
@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_public_key_is_no_secret(secret: bytes, algorithm: str) -> None:
    """
    A signature made with the public key as a shared secret is refused.
    """
    assert refusal(forged(HEADER | {"alg": algorithm}, secret=secret)) is LicenceFault.FORGED


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        pytest.param(a_code(key=STRANGER), LicenceFault.FORGED, id="another key"),
        pytest.param(a_code(key=Ed448PrivateKey.generate()), LicenceFault.FORGED, id="Ed448"),
        pytest.param(a_code(kid="unknown"), LicenceFault.UNKNOWN_KEY, id="unknown kid"),
        pytest.param(a_code(kid="../../keys"), LicenceFault.UNKNOWN_KEY, id="kid as a path"),
        pytest.param(a_code(kid=KID.upper()), LicenceFault.UNKNOWN_KEY, id="kid in upper case"),
        pytest.param(a_code(typ="JWT"), LicenceFault.MALFORMED, id="another type"),
        pytest.param(a_code(typ=TYPE.upper()), LicenceFault.MALFORMED, id="type in upper case"),
        pytest.param(a_code(typ=None), LicenceFault.MALFORMED, id="no type"),
    ],
)
def test_wrong_key_is_refused(code: str, fault: LicenceFault) -> None:
    """
    A header must name a key that we know and the type that we issue, and the key must fit.
    """
    assert refusal(code) is fault


@pytest.mark.parametrize("name", HEADER)
def test_header_must_be_whole(name: str) -> None:
    """
    A header that leaves something out is refused.
    """
    header = {key: value for key, value in HEADER.items() if key != name}

    assert refusal(forged(header, secret=b"x")) is LicenceFault.MALFORMED


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"jwk": OKPAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True)}, id="jwk"),
        pytest.param({"jku": "https://example.com/keys.json"}, id="jku"),
        pytest.param({"x5u": "https://example.com/chain.pem"}, id="x5u"),
        pytest.param({"x5c": ["MIIB"]}, id="x5c"),
        pytest.param({"crit": ["exp"], "exp": 0}, id="crit"),
        pytest.param({"crit": ["b64"], "b64": True}, id="crit that the library knows"),
        pytest.param({"crit": []}, id="empty crit"),
        pytest.param({"zip": "DEF"}, id="zip"),
        pytest.param({"cty": "JWT"}, id="cty"),
    ],
)
@pytest.mark.parametrize("key", [PRIVATE, STRANGER], ids=["our key", "their key"])
def test_header_brings_nothing_along(extra: dict[str, object], key: Ed25519PrivateKey) -> None:
    """
    A header with a key, a place to fetch one, or a condition is refused, whoever signed it.
    """
    signed = f"{to_part(json.dumps(HEADER | extra).encode())}.{GOOD.split('.')[1]}"
    code = f"{signed}.{to_part(key.sign(signed.encode()))}"

    assert refusal(code) is LicenceFault.MALFORMED


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"{", id="broken"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[" * 1500, id="deep"),
        pytest.param(json.dumps(HEADER | {"kid": [KID]}).encode(), id="kid as a list"),
        pytest.param(json.dumps(HEADER | {"alg": ["EdDSA"]}).encode(), id="alg as a list"),
        pytest.param(json.dumps(HEADER | {"kid": "\u001b[2J"}).encode(), id="kid for a terminal"),
        pytest.param(json.dumps(HEADER | {"b64": False}).encode(), id="detached"),
    ],
)
def test_broken_header_is_refused(header: bytes) -> None:
    """
    Whatever stands where the header belongs, the answer is a refusal.
    """
    assert refusal(forged(header, secret=b"x")) is LicenceFault.MALFORMED


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("hello", id="a word"),
        pytest.param("..", id="dots"),
        pytest.param(".".join([*GOOD.split("."), "x"]), id="four parts"),
        pytest.param(GOOD.rpartition(".")[0], id="two parts"),
        pytest.param(f"{GOOD}==", id="padding"),
        pytest.param(f"{GOOD}=", id="one padding"),
        pytest.param(GOOD.replace(".", ".é", 1), id="letters beyond ASCII"),
        pytest.param(f"{GOOD}\ud800", id="half a character"),
        pytest.param(f"{GOOD}\x00", id="a zero"),
        pytest.param(json.dumps({"payload": GOOD}), id="JSON"),
    ],
)
def test_garbage_is_refused(code: str) -> None:
    """
    What does not look like a code is refused before anything reads it.
    """
    assert refusal(code) is LicenceFault.MALFORMED


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        pytest.param("", LicenceFault.EMPTY, id="empty"),
        pytest.param(" \r\n", LicenceFault.EMPTY, id="blank"),
        pytest.param(GOOD + "A" * LONGEST_CODE, LicenceFault.TOO_LONG, id="over 4 KB"),
        pytest.param(
            a_code(some_claims(customer="x" * LONGEST_CODE)), LicenceFault.TOO_LONG, id="signed"
        ),
    ],
)
def test_size_is_limited(code: str, fault: LicenceFault) -> None:
    """
    Nothing, and too much, is refused by its own name.
    """
    assert refusal(code) is fault


@given(place=st.integers(0, len(GOOD) - 1), other=st.characters(codec="ascii"))
def test_changed_character_is_refused(place: int, other: str) -> None:
    """
    No character of a code can be another one, be it only in unused bits of the last.
    """
    if other == GOOD[place]:
        return

    refusal(GOOD[:place] + other + GOOD[place + 1 :])


@given(part=st.integers(0, 2), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_flipped_bit_is_refused(part: int, place: int, bit: int) -> None:
    """
    No bit of header, claims or signature can be flipped.
    """
    parts = [bytearray(urlsafe_b64decode(f"{part}==")) for part in GOOD.split(".")]
    parts[part][place % len(parts[part])] ^= 1 << bit

    refusal(".".join(to_part(bytes(part)) for part in parts))


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 40))
def test_missing_piece_is_refused(start: int, length: int) -> None:
    """
    A code from which anything was lost is refused.
    """
    refusal(GOOD[:start] + GOOD[start + length :])


@given(st.text(max_size=300))
def test_any_text_is_refused(text: str) -> None:
    """
    Whatever somebody types, the answer is a refusal and never a crash.
    """
    refusal(text)


def test_signature_fits_one_code_only() -> None:
    """
    The signature of one licence is worth nothing under the claims of another.
    """
    other = a_code(some_claims(customer="Somebody else"))
    header, _, signature = GOOD.split(".")

    assert refusal(f"{header}.{other.split('.')[1]}.{signature}") is LicenceFault.FORGED


def test_embedded_key_is_never_used() -> None:
    """
    A code that is right by the key that it carries is right by nobody's.
    """
    jwk = OKPAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True)
    code = a_code(key=STRANGER, jwk=jwk)

    assert PyJWK(jwk).algorithm_name == "EdDSA"
    assert refusal(code) is LicenceFault.MALFORMED
