"""A code is read as it was issued, and every refusal has its own name."""

import json
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from connector.adapters.licence.keys import KEYS as SHIPPED
from connector.adapters.licence.keys import REVOKED, LicenceKey
from connector.adapters.licence.verifier import JwsLicenceVerifier, read_header, read_unverified
from connector.domain.licence import Edition, InvalidLicenceError, LicenceFault
from devstack.stack.demonstration_licence import demonstration_licence
from tests.builders import ORGANISATION
from tests.licences import KEYS, KID, PEM, a_code, a_licence, some_claims

REQUIRED = ["v", "iss", "aud", "jti", "sub", "edition", "customer", "iat", "nbf", "exp"]


def a_verifier(*, revoked: Sequence[str] = ()) -> JwsLicenceVerifier:
    return JwsLicenceVerifier(keys=KEYS, revoked=revoked)


def refusal(code: str, verifier: JwsLicenceVerifier | None = None) -> LicenceFault:
    """Return why a code is refused."""
    with pytest.raises(InvalidLicenceError) as caught:
        (verifier or a_verifier()).verify(code)

    return caught.value.fault


def test_issued_code_is_read() -> None:
    """
    A code says what was signed.
    """
    assert a_verifier().verify(a_code()) == a_licence()


def test_code_from_mail_is_read() -> None:
    """
    A code that a mail program broke over lines is the same code.
    """
    code = a_code()
    lines = [code[start : start + 60] for start in range(0, len(code), 60)]

    assert a_verifier().verify("  \r\n\u200b".join(lines)) == a_licence()


@pytest.mark.parametrize(
    "sub",
    [
        pytest.param(ORGANISATION.upper(), id="upper case"),
        pytest.param(f"{{{ORGANISATION}}}", id="braces"),
    ],
)
def test_organisation_is_read_as_an_id(sub: str) -> None:
    """
    However an organisation id is written, it is the same organisation.
    """
    assert a_verifier().verify(a_code(some_claims(sub=sub))).organisation == ORGANISATION


@pytest.mark.parametrize("claim", REQUIRED)
def test_every_claim_is_needed(claim: str) -> None:
    """
    A code that leaves something unsaid opens nothing.
    """
    without = {name: value for name, value in some_claims().items() if name != claim}

    assert set(some_claims()) == {*REQUIRED}
    assert refusal(a_code(without)) is LicenceFault.UNREADABLE
    assert refusal(a_code(some_claims(**{claim: None}))) is LicenceFault.UNREADABLE


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"iss": "somebody-else"}, id="another issuer"),
        pytest.param({"iss": ["connector-licences"]}, id="a list of issuers"),
        pytest.param({"aud": "another-product"}, id="another audience"),
        pytest.param({"aud": ["spotler-connector", "more"]}, id="a list of audiences"),
        pytest.param({"v": 2}, id="a later version"),
        pytest.param({"v": True}, id="a version that is no number"),
        pytest.param({"edition": "eternal"}, id="an unknown edition"),
        pytest.param({"edition": "FULL"}, id="an edition in upper case"),
        pytest.param({"sub": "*"}, id="every organisation"),
        pytest.param({"sub": ""}, id="no organisation"),
        pytest.param({"sub": [ORGANISATION]}, id="a list of organisations"),
        pytest.param({"exp": "2099-12-31"}, id="an end that is text"),
        pytest.param({"exp": 1e300}, id="an end beyond time"),
        pytest.param({"exp": 10**30}, id="an end beyond any number"),
        pytest.param({"exp": float("inf")}, id="an infinite end"),
        pytest.param({"exp": 7_258_118_400}, id="an end in 2200"),
        pytest.param({"nbf": -1}, id="a begin before time"),
        pytest.param({"exp": 0}, id="an end before the begin"),
        pytest.param({"iat": 1.5}, id="half a second"),
        pytest.param({"jti": ""}, id="no name"),
        pytest.param({"jti": 7}, id="a name that is a number"),
        pytest.param({"customer": "x" * 201}, id="an endless customer"),
        pytest.param({"customer": "Tulp\u001b[2J"}, id="a customer that clears the screen"),
        pytest.param({"limit": 100}, id="a limit that we do not know"),
    ],
)
def test_signed_nonsense_is_unreadable(change: dict[str, object]) -> None:
    """
    A signature alone is not enough: what it covers must be what this release understands.
    """
    assert refusal(a_code(some_claims(**change))) is LicenceFault.UNREADABLE


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"\xff\xfe", b'"text"', b"[" * 2000, b"{}{}"]
)
def test_signed_garbage_is_refused(payload: bytes) -> None:
    """
    What is signed but holds no claims is refused like any other.
    """
    assert refusal(a_code(payload)) in {LicenceFault.UNREADABLE, LicenceFault.MALFORMED}


@pytest.mark.parametrize("field", ["nbf", "exp"])
def test_time_is_for_the_judge(field: str) -> None:
    """
    The verifier has no clock: what is over or not begun is read, and judged elsewhere.
    """
    claims = some_claims(nbf=1) | {field: 2 if field == "exp" else 4_000_000_000, "iat": 1}
    claims["exp"] = max(claims["exp"], claims["nbf"] + 1)

    licence = a_verifier().verify(a_code(claims))

    assert licence.edition is Edition.FULL


def test_revoked_code_is_refused() -> None:
    """
    A licence on the list of withdrawn ones opens nothing, and another one does.
    """
    verifier = a_verifier(revoked=["licence-1"])

    assert refusal(a_code(), verifier) is LicenceFault.REVOKED
    assert verifier.verify(a_code(some_claims(jti="licence-2"))).id == "licence-2"


def test_demonstration_stays_local() -> None:
    """
    The demonstration key signs for the local stack, and is refused by name anywhere else.
    """
    code = demonstration_licence(ORGANISATION)

    assert JwsLicenceVerifier(local_stack=True).verify(code).organisation == ORGANISATION
    assert refusal(code, JwsLicenceVerifier()) is LicenceFault.DEMONSTRATION


def test_local_stack_adds_only_demonstrations() -> None:
    """
    The switch of the local stack opens no other door.
    """
    verifier = JwsLicenceVerifier(local_stack=True)

    assert refusal(a_code(), verifier) is LicenceFault.UNKNOWN_KEY
    assert refusal(a_code(kid="demo-2026"), verifier) is LicenceFault.FORGED


@pytest.mark.parametrize("kid", SHIPPED)
def test_shipped_keys_are_fit(kid: str) -> None:
    """
    Every key in the package is a public Ed25519 key, and a demonstration key says so by name.
    """
    key = SHIPPED[kid]

    assert isinstance(load_pem_public_key(key.pem.encode()), Ed25519PublicKey)
    assert key.algorithm == "EdDSA"
    assert key.is_demonstration is kid.startswith("demo-")


def test_nothing_is_revoked_by_text() -> None:
    """
    The list of withdrawn licences is a set of names: in a text, any part of it would be found.
    """
    assert isinstance(REVOKED, frozenset)


def test_algorithm_belongs_to_the_key() -> None:
    """
    A key is used by its own algorithm, whatever the code says.
    """
    verifier = JwsLicenceVerifier(keys={KID: LicenceKey(PEM, algorithm="ES256")})

    assert refusal(a_code(), verifier) is LicenceFault.FORGED


def test_unverified_reading_shows_the_claims() -> None:
    """
    Somebody who looks sees what a code claims, even where nobody trusts its signature.
    """
    code = a_code(kid="unknown")[:-8] + "A" * 8

    assert read_unverified(code) == a_licence()
    assert read_header(code).kid == "unknown"
    with pytest.raises(InvalidLicenceError):
        read_unverified(a_code(json.dumps({"v": 1}).encode()))
