"""Requests and answers, alike for a call of its own and for a part of a batch."""

import dataclasses
import json
import re
from collections.abc import Mapping
from functools import cached_property

from devstack.dataverse.errors import DataverseError, invalid_payload
from devstack.dataverse.writing.environment import Caller
from devstack.dataverse.writing.session import Session
from devstack.json_reading import read_json

JSON = "application/json; odata.metadata=minimal"
ROOT = "/api/data/v9.2/"
_PREFERENCES = frozenset(
    {
        "return",
        "odata.include-annotations",
        "odata.maxpagesize",
        "odata.continue-on-error",
        "odata.track-changes",
    }
)
_PAGE_SIZE = re.compile(r"0*[1-9][0-9]{0,8}")


@dataclasses.dataclass(frozen=True)
class ApiRequest:
    """One operation; `path` is relative to the service root and still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    root: str
    caller: Caller
    session: Session | None = None

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case."""
        return self.headers.get(name)

    @cached_property
    def prefer(self) -> "Preferences":
        """Return what the client prefers."""
        return Preferences.parse(self.headers.get("prefer", ""))

    def json(self) -> dict[str, object]:
        """Return the body as a JSON object."""
        _check_media_type(self.headers.get("content-type", ""))
        try:
            found = read_json(self.body)
        except ValueError as exc:
            raise invalid_payload("the body is not JSON.") from exc

        if not isinstance(found, dict):
            raise invalid_payload("the body is not a JSON object.")

        return found


@dataclasses.dataclass(frozen=True, slots=True)
class ApiResponse:
    """One answer; a batch counts for as many operations as it holds."""

    status: int
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    operations: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Preferences:
    """The parts of a Prefer header that the simulator knows; `applied` repeats them as sent."""

    applied: str = ""
    representation: bool = False
    annotations: tuple[str, ...] = ()
    page_size: int | None = None
    continue_on_error: bool = False
    track_changes: bool = False

    @classmethod
    def parse(cls, text: str) -> "Preferences":
        """Read a Prefer header, in which lists stand in quotes."""
        sent = {part: _preference(part) for part in _split(text)}
        parts = dict(sent.values())
        size = parts.get("odata.maxpagesize", "")
        annotations = parts.get("odata.include-annotations", "")

        return cls(
            applied=",".join(part for part, (name, _) in sent.items() if name in _PREFERENCES),
            representation=parts.get("return") == "representation",
            annotations=tuple(a.strip() for a in annotations.split(",") if a.strip()),
            page_size=int(size) if _PAGE_SIZE.fullmatch(size) else None,
            continue_on_error="odata.continue-on-error" in parts,
            track_changes="odata.track-changes" in parts,
        )


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> ApiResponse:
    """Answer with JSON."""
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    return ApiResponse(
        status, {"Content-Type": JSON, "OData-Version": "4.0", **(headers or {})}, raw
    )


def no_content(headers: Mapping[str, str] | None = None) -> ApiResponse:
    """Answer that it is done."""
    return ApiResponse(204, {"OData-Version": "4.0", **(headers or {})})


def error_response(error: DataverseError) -> ApiResponse:
    """Answer with a refusal."""
    return json_response(error.body(), error.status, error.headers)


def _check_media_type(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if not media_type:
        raise invalid_payload("a body needs the header 'Content-Type'.")

    if media_type != "application/json":
        raise DataverseError(
            415,
            "0x80060888",
            f"The request entity's media type '{media_type}' is not supported for this resource.",
        )


def _split(text: str) -> list[str]:
    parts, quoted = [""], False
    for letter in text:
        quoted ^= letter == '"'
        if letter in ",;" and not quoted:
            parts.append("")
        else:
            parts[-1] += letter

    return [part.strip() for part in parts if part.strip()]


def _preference(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")

    return name.strip().lower(), value.strip().strip('"')
