"""What is signed can be verified, and only a fit key signs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from connector.adapters.licence.issuer import SigningKey, is_encrypted
from connector.adapters.licence.keys import KEYS as SHIPPED
from connector.adapters.licence.keys import LicenceKey
from connector.adapters.licence.verifier import JwsLicenceVerifier
from connector.domain.errors import ConfigurationError
from connector.domain.licence import Edition, Licence
from devstack.stack.demonstration_licence import KEY as DEMONSTRATION_KEY
from devstack.stack.demonstration_licence import KID
from tests.licences import DAY, a_licence

SIGNING = SigningKey.generate()
VERIFIER = JwsLicenceVerifier(keys={SIGNING.kid: LicenceKey(SIGNING.public_pem)})

PRINTABLE = st.characters(exclude_categories=["C", "Z"], include_characters=" ")


@given(
    edition=st.sampled_from(Edition),
    customer=st.text(PRINTABLE, min_size=1, max_size=200),
    seconds=st.integers(1, 10**9),
)
def test_issued_licence_comes_back(edition: Edition, customer: str, seconds: int) -> None:
    """
    What is issued is what is verified, whatever the customer is called.
    """
    licence = replace(
        a_licence(edition=edition, left=timedelta(seconds=seconds)), customer=customer
    )

    assert VERIFIER.verify(SIGNING.issue(licence)) == licence


@pytest.mark.parametrize(
    "licence",
    [
        pytest.param(replace(a_licence(), customer="x" * 201), id="an endless customer"),
        pytest.param(a_licence(left=-DAY, begun=DAY), id="no time at all"),
        pytest.param(a_licence(left=99_999 * DAY), id="for ever"),
    ],
)
def test_nothing_is_signed_in_vain(licence: Licence) -> None:
    """
    What the verifier would refuse is not issued.
    """
    with pytest.raises(ConfigurationError, match="must begin before it ends"):
        SIGNING.issue(licence)


def test_key_survives_its_file() -> None:
    """
    A key read back with its password is the same key, and its file is encrypted.
    """
    pem = SIGNING.to_pem(b"correct horse")

    assert is_encrypted(pem)
    assert SigningKey.from_pem(pem, b"correct horse").public_pem == SIGNING.public_pem
    for password in (None, b"wrong"):
        with pytest.raises(ConfigurationError, match="its own"):
            SigningKey.from_pem(pem, password)


def test_other_kinds_of_key_are_refused() -> None:
    """
    A private key for another algorithm signs nothing.
    """
    pem = Ed448PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )

    with pytest.raises(ConfigurationError, match="Ed25519"):
        SigningKey.from_pem(pem, None)


def test_demonstration_pair_belongs_together() -> None:
    """
    The demonstration key of the stack is the one whose public half is shipped, and says so.
    """
    pem = DEMONSTRATION_KEY.read_bytes()
    key = SigningKey.from_pem(pem, None)

    assert (key.kid, key.public_pem) == (KID, SHIPPED[KID].pem)
    assert b"for demonstration and opens nothing" in pem
    assert not is_encrypted(pem)


def test_new_keys_have_names_of_their_own() -> None:
    """
    A key that the package does not know is named after itself, always the same.
    """
    again = SigningKey.from_pem(SIGNING.to_pem(b"correct horse"), b"correct horse")

    assert again.kid == SIGNING.kid
    assert SigningKey.generate().kid != SIGNING.kid
    assert SIGNING.kid not in SHIPPED
