"""Cut multipart bodies into parts, and put answers together again."""

import dataclasses
import re
from http import HTTPStatus

from devstack.dataverse.api.message import ApiResponse
from devstack.dataverse.errors import DataverseError, bad_header
from devstack.dataverse.guids import random_guid

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body, and the line that closes it."""

    headers: dict[str, str]
    content: bytes
    marker: str


def split_parts(content_type: str, body: bytes) -> list[Part]:
    """Cut a multipart body."""
    match = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/mixed") or match is None:
        raise DataverseError(400, "0x80048d19", "A batch needs multipart/mixed with a boundary.")

    marker = b"--" + match[1].encode()
    # Only a line can be a boundary, with blanks behind it (RFC 2046, 5.1.1).
    cut = rb"(?:(?<=\n)|\A)" + re.escape(marker) + rb"(?=(?:--)?[ \t]*(?:\r?\n|\Z))"
    pieces = re.split(cut, body)
    closed = pieces[-1].strip().startswith(b"--") or pieces[-1].strip() == b""
    if len(pieces) < 2 or not closed:  # noqa: PLR2004 -- before and behind the marker
        raise DataverseError(400, "0x80048d19", "The body of the batch is not closed.")

    inner = (piece for piece in pieces[1:] if not piece.strip().startswith(b"--"))

    return [_part(piece, marker.decode()) for piece in inner]


def _part(piece: bytes, marker: str) -> Part:
    """Cut a part; its lines end with CRLF, as the platform insists."""
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")

    return Part(read_headers(head.decode().split("\r\n")), content, marker)


def read_headers(lines: list[str]) -> dict[str, str]:
    """Return headers by their names in lower case, or refuse a line that is none."""
    filled = [line for line in lines if line.strip()]
    for line in filled:
        if "\n" in line or ":" not in line:
            raise bad_header(line.strip().partition("\n")[0])

    pairs = (line.partition(":") for line in filled)

    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def write_parts(kind: str, answers: list[bytes], status: int) -> ApiResponse:
    """Put the answers of a batch or a change set together."""
    boundary = f"{kind}_{random_guid()}"
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), answer) for answer in answers)
    headers = {"Content-Type": f"multipart/mixed; boundary={boundary}", "OData-Version": "4.0"}

    return ApiResponse(status, headers, body + f"--{boundary}--\r\n".encode())


def write_answer(answer: ApiResponse, content_id: str | None) -> bytes:
    """Write the answer to one operation as a part."""
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        outer.append(f"Content-ID: {content_id}")

    phrase = HTTPStatus(answer.status).phrase
    inner = [f"HTTP/1.1 {answer.status} {phrase}"]
    inner += [f"{name}: {value}" for name, value in answer.headers.items()]

    return "\r\n".join((*outer, "", *inner, "", "")).encode() + answer.body
