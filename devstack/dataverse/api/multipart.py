"""Cut multipart bodies into parts, and put answers together again."""

import dataclasses
import re
from http import HTTPStatus

from devstack.dataverse.api.message import ApiResponse
from devstack.dataverse.errors import DataverseError
from devstack.dataverse.guids import random_guid

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body."""

    headers: dict[str, str]
    content: bytes


def split_parts(content_type: str, body: bytes) -> list[Part]:
    """Cut a multipart body."""
    match = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/mixed") or match is None:
        raise DataverseError(400, "0x80048d19", "A batch needs multipart/mixed with a boundary.")

    marker = b"--" + match[1].encode()
    pieces = body.replace(b"\r\n", b"\n").split(marker)
    closed = pieces[-1].strip().startswith(b"--") or pieces[-1].strip() == b""
    if len(pieces) < 2 or not closed:  # noqa: PLR2004 -- before and behind the marker
        raise DataverseError(400, "0x80048d19", "The body of the batch is not closed.")

    return [_part(piece) for piece in pieces[1:] if not piece.strip().startswith(b"--")]


def _part(piece: bytes) -> Part:
    head, _, content = piece.lstrip(b"\n").partition(b"\n\n")

    return Part(read_headers(head.decode().splitlines()), content)


def read_headers(lines: list[str]) -> dict[str, str]:
    """Return headers by their names in lower case."""
    pairs = (line.partition(":") for line in lines if ":" in line)

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
