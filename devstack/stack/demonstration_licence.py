"""A licence for the local stack, signed with a key that anybody may have."""

import json
import time
import uuid
from pathlib import Path

import jwt

KEY = Path(__file__).with_name("demonstration-licence-key.pem")
KID = "demo-2026"
DAY = 24 * 60 * 60


def demonstration_licence(organisation: str, *, edition: str = "full", days: float = 365) -> str:
    """Return a licence code for an organisation; negative days make one that has ended."""
    now = int(time.time())
    claims = {
        "v": 1,
        "iss": "connector-licences",
        "aud": "spotler-connector",
        "jti": f"demo-{uuid.uuid4()}",
        "sub": organisation,
        "edition": edition,
        "customer": "Local stack",
        "iat": now,
        "nbf": now + int(min(days, 0) * DAY) - DAY,
        "exp": now + int(days * DAY),
    }
    payload = json.dumps(claims).encode()
    header = {"kid": KID, "typ": "connector-licence+jwt"}

    return jwt.PyJWS().encode(payload, KEY.read_text(), algorithm="EdDSA", headers=header)
