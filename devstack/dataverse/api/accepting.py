"""Which kinds of answer a request takes: there is JSON with the least metadata, and nothing else.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
"""

import fnmatch

from devstack.dataverse.api.address import Segment
from devstack.dataverse.api.message import ApiRequest
from devstack.dataverse.errors import not_implemented

# By what an address ends with, what else is answered besides JSON.
_OTHER_TYPES = {"$batch": "multipart/mixed", "$count": "text/plain"}
# What a client may say of JSON, and what of it we give.
_PARAMETERS = {
    "odata.metadata": {"minimal"},
    "metadata": {"minimal"},
    "odata.streaming": {"true", "false"},
    "streaming": {"true", "false"},
    "ieee754compatible": {"false"},
    "charset": {"utf-8"},
}


def check_accepted(request: ApiRequest, path: list[Segment]) -> None:
    """Refuse a request that wants another answer than it would get."""
    accept = request.header("accept") or "*/*"
    served = {"application/json", _OTHER_TYPES.get(path[-1].name, "application/json")}
    ranges = [_parse(one) for one in accept.split(",") if one.strip()]
    known = [one for one in ranges if _is_served(one[0], served)]
    if not known:
        raise not_implemented(f"the header 'Accept: {accept}'")

    # The first of the best is what the client would rather have.
    _, parameters = max(known, key=lambda one: _weight(one[1]))
    for name, value in parameters.items():
        if name != "q" and value not in _PARAMETERS.get(name, ()):
            raise not_implemented(f"'{name}={value}' in the header 'Accept'")


def _parse(text: str) -> tuple[str, dict[str, str]]:
    kind, *parts = (part.strip().lower() for part in text.split(";"))
    pairs = (part.partition("=") for part in parts if part)

    return kind, {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _is_served(kind: str, served: set[str]) -> bool:
    return any(fnmatch.fnmatchcase(one, kind) for one in served)


def _weight(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
