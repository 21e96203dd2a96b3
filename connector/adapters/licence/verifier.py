"""The verifier: a code is read only with a key of ours, and only by the algorithm of that key."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from jwt import PyJWS
from jwt.exceptions import PyJWTError
from pydantic import ValidationError

from connector.adapters.licence.format import Claims, Header
from connector.adapters.licence.keys import KEYS, REVOKED, LicenceKey
from connector.domain.licence import InvalidLicenceError, Licence, LicenceFault, to_code

_COMPACT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")
"""Three parts in base64url. PyJWT takes padding too, and then many texts are the same code."""

_JWS: Final = PyJWS(algorithms=["EdDSA"])


class JwsLicenceVerifier:
    """Is the `LicenceVerifier` on the keys of the package."""

    def __init__(
        self,
        *,
        local_stack: bool = False,
        keys: Mapping[str, LicenceKey] = KEYS,
        revoked: Collection[str] = REVOKED,
    ) -> None:
        """Take whether demonstration keys count; settings must have no say in other keys."""
        self._local_stack = local_stack
        self._keys = keys
        self._revoked = revoked

    def verify(self, code: str) -> Licence:
        """Return what a code says; raises `InvalidLicenceError` when we did not issue it."""
        code = to_code(code)
        key = self._find_key(read_header(code))
        licence = _read_claims(_open(code, key)).to_licence()
        if licence.id in self._revoked:
            raise InvalidLicenceError(LicenceFault.REVOKED)

        return licence

    def _find_key(self, header: Header) -> LicenceKey:
        key = self._keys.get(header.kid)
        if key is None:
            raise InvalidLicenceError(LicenceFault.UNKNOWN_KEY)

        if key.is_demonstration and not self._local_stack:
            raise InvalidLicenceError(LicenceFault.DEMONSTRATION)

        return key


def read_header(code: str) -> Header:
    """Return what a code says of its key, unverified; raises `InvalidLicenceError`."""
    if not _COMPACT.fullmatch(code):
        raise InvalidLicenceError(LicenceFault.MALFORMED)

    try:
        return Header.model_validate(_JWS.get_unverified_header(code))
    except (PyJWTError, ValidationError) as exc:
        raise InvalidLicenceError(LicenceFault.MALFORMED) from exc


def read_unverified(code: str) -> Licence:
    """Return what a code claims, whoever signed it: to look at, never to trust."""
    read_header(code)
    answer = _JWS.decode_complete(code, options={"verify_signature": False})

    return _read_claims(answer["payload"]).to_licence()


def _open(code: str, key: LicenceKey) -> bytes:
    try:
        answer = _JWS.decode_complete(code, key.pem, algorithms=[key.algorithm])
    except PyJWTError as exc:
        raise InvalidLicenceError(LicenceFault.FORGED) from exc

    payload: bytes = answer["payload"]

    return payload


def _read_claims(payload: bytes) -> Claims:
    try:
        return Claims.model_validate_json(payload)
    except ValidationError as exc:
        raise InvalidLicenceError(LicenceFault.UNREADABLE) from exc
