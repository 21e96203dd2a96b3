"""The issuer: private keys and what is signed with them. Only the command line comes here."""

import hashlib
import json
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt import PyJWS
from pydantic import ValidationError

from connector.adapters.licence.format import TYPE, Claims
from connector.adapters.licence.keys import KEYS
from connector.domain.errors import ConfigurationError
from connector.domain.licence import Licence

_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


class SigningKey:
    """Signs licences; shows its public half, and its private half only under a password."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Take the key."""
        self._private = private

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None) -> Self:
        """Read a key; raises `ConfigurationError`."""
        try:
            private = load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
            raise ConfigurationError(
                "the key file must hold a private key, and the password must be its own"
            ) from exc

        if not isinstance(private, Ed25519PrivateKey):
            raise ConfigurationError("the key must be an Ed25519 key")

        return cls(private)

    def to_pem(self, password: bytes) -> bytes:
        """Return the private key, encrypted."""
        return self._private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
        )

    @property
    def public_pem(self) -> str:
        """Return what the package needs in order to verify."""
        public = self._private.public_key()

        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def kid(self) -> str:
        """Return the name of the key: the one in the package, or a new one made from the key."""
        public = self.public_pem
        known = (kid for kid, key in KEYS.items() if key.pem == public)

        return next(known, hashlib.sha256(public.encode()).hexdigest()[:16])

    def issue(self, licence: Licence) -> str:
        """Return the code of a licence; raises `ConfigurationError` for what no code can hold."""
        try:
            claims = Claims.of(licence).model_dump(mode="json")
        except ValidationError as exc:
            raise ConfigurationError(
                "a licence must begin before it ends, before 2200, "
                "and its customer must be one line of at most 200 characters"
            ) from exc

        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        header = {"kid": self.kid, "typ": TYPE}

        return PyJWS().encode(payload, self._private, algorithm="EdDSA", headers=header)


def is_encrypted(pem: bytes) -> bool:
    """Tell whether a key file asks for a password."""
    return _ENCRYPTED in pem
