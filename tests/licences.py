"""Licences for tests: what they say, codes good and forged, and the ports in memory."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWS

from connector.adapters.licence.format import AUDIENCE, ISSUER, TYPE
from connector.adapters.licence.keys import LicenceKey
from connector.domain.contact import OrganisationId
from connector.domain.licence import Edition, InvalidLicenceError, Licence, LicenceFault
from connector.domain.licence_status import StoredLicence
from tests.builders import NOW, ORGANISATION
from tests.troubles import Troubles, told

KID = "test-key"
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key()
PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
KEYS = {KID: LicenceKey(PEM)}

DAY = timedelta(days=1)


def a_licence(
    *,
    organisation: OrganisationId = ORGANISATION,
    edition: Edition = Edition.FULL,
    left: timedelta = 100 * DAY,
    begun: timedelta = 10 * DAY,
) -> Licence:
    """Return a licence that began and ends so far from now."""
    return Licence(
        id="licence-1",
        organisation=organisation,
        edition=edition,
        customer="Tulp & Zonen",
        issued_at=NOW - begun,
        valid_from=NOW - begun,
        valid_until=NOW + left,
    )


def some_claims(**changes: object) -> dict[str, Any]:
    """Return the claims of `a_licence`, with changes."""
    licence = a_licence()
    claims = {
        "v": 1,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": licence.id,
        "sub": licence.organisation,
        "edition": "full",
        "customer": licence.customer,
        "iat": int(licence.issued_at.timestamp()),
        "nbf": int(licence.valid_from.timestamp()),
        "exp": int(licence.valid_until.timestamp()),
    }

    return claims | changes


def a_code(
    claims: Mapping[str, Any] | bytes | None = None,
    *,
    key: Ed25519PrivateKey | Ed448PrivateKey = PRIVATE,
    **header: object,
) -> str:
    """Return a signed code; the header holds what it must, and what the test adds or changes."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims or some_claims()).encode()
    headers = {"kid": KID, "typ": TYPE} | header

    return PyJWS().encode(payload, key, algorithm="EdDSA", headers=headers)


class FakeVerifier:
    """Is the `LicenceVerifier` on a dictionary of codes; counts how often it was asked."""

    def __init__(self, **licences: Licence) -> None:
        self.licences = licences
        self.asked = 0

    def verify(self, code: str) -> Licence:
        self.asked += 1
        if code not in self.licences:
            raise InvalidLicenceError(LicenceFault.FORGED)

        return self.licences[code]


class FakeLicences:
    """Is the `LicenceStore` on one row, with real races; `rivals` write just before a save."""

    def __init__(self) -> None:
        self.row: StoredLicence | None = None
        self.writes = 0
        self.rivals = 0
        self.troubles = Troubles()
        self._etags = itertools.count(1)

    async def find(self) -> StoredLicence | None:
        self.troubles.check_read()

        return self.row

    async def save(self, stored: StoredLicence) -> bool:
        trouble = self.troubles.next()
        if self.rivals:
            self.rivals -= 1
            self.row = replace(self.row or stored, etag=self._etag())

        if (self.row.etag if self.row else None) != stored.etag:
            return False

        self.writes += 1
        self.row = replace(stored, etag=self._etag())

        return told(trouble)

    async def remove(self, stored: StoredLicence) -> bool:
        trouble = self.troubles.next()
        if self.row is not None and self.row.etag != stored.etag:
            return False

        self.row = None

        return told(trouble)

    def _etag(self) -> str:
        return f"etag-{next(self._etags)}"
