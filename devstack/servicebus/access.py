"""Who may use the namespace: whoever holds its one shared key.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
"""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import unquote_plus

KEY_NAME = "RootManageSharedAccessKey"
KEY = "SAS_KEY_VALUE"

_PREFIX = "SharedAccessSignature "


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key with a name; the defaults are those of Microsoft's emulator."""

    name: str = KEY_NAME
    value: str = KEY

    def accepts_plain(self, response: bytes) -> bool:
        """Tell whether a SASL PLAIN response holds the name and the key."""
        return response.split(b"\0")[1:] == [self.name.encode(), self.value.encode()]

    def accepts_token(self, token: object) -> bool:
        """Tell whether a shared access signature was made with the key and still holds."""
        if not isinstance(token, str) or not token.startswith(_PREFIX):
            return False

        raw = dict(part.partition("=")[::2] for part in token.removeprefix(_PREFIX).split("&"))
        expiry = raw.get("se", "")
        if not expiry.isdigit() or int(expiry) < time.time():
            return False

        signed = f"{raw.get('sr', '')}\n{expiry}".encode()
        digest = hmac.new(self.value.encode(), signed, hashlib.sha256).digest()
        given = unquote_plus(raw.get("sig", "").replace("+", "%2B"))

        return unquote_plus(raw.get("skn", "")) == self.name and hmac.compare_digest(
            base64.b64encode(digest).decode(), given
        )
