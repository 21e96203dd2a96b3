"""Many operations in one request, change sets among them.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
"""

import dataclasses
import re
from collections.abc import Callable
from http import HTTPStatus

from devstack.dataverse.api.message import ROOT, ApiRequest, ApiResponse, error_response
from devstack.dataverse.api.multipart import (
    Part,
    read_headers,
    split_parts,
    write_answer,
    write_parts,
)
from devstack.dataverse.errors import (
    DataverseError,
    bad_header,
    invalid_payload,
    not_implemented,
)
from devstack.dataverse.writing.environment import Environment
from devstack.dataverse.writing.session import Session

type Handle = Callable[[ApiRequest], ApiResponse]

_REFERENCE = re.compile(r"\$(\w+)")
_URL_LIMIT = 65_536


def run_batch(environment: Environment, request: ApiRequest, handle: Handle) -> ApiResponse:
    """Carry out the operations in turn; the first failure ends it unless told to go on."""
    try:
        request.body.decode()
    except UnicodeDecodeError as exc:
        raise invalid_payload("the body is not UTF-8.") from exc

    parts = split_parts(request.header("content-type") or "", request.body)
    operations = sum(_operations(part) for part in parts)
    if operations > environment.options.batch_cap:
        raise DataverseError(
            400, "0x80060888", "The batch request exceeds the maximum of 1000 operations."
        )

    answers: list[bytes] = []
    status = 200
    for part in parts:
        failed, answer = _run_part(environment, request, part, handle)
        answers.append(answer)
        if failed and not request.prefer.continue_on_error:
            status = failed
            break

    return dataclasses.replace(write_parts("batchresponse", answers, status), operations=operations)


def _operations(part: Part) -> int:
    if _is_change_set(part):
        return len(split_parts(part.headers["content-type"], part.content))

    return 1


def _is_change_set(part: Part) -> bool:
    return part.headers.get("content-type", "").lower().startswith("multipart/mixed")


def _run_part(
    environment: Environment, request: ApiRequest, part: Part, handle: Handle
) -> tuple[int, bytes]:
    """Carry out one part; return the status if it failed, and its answer."""
    if _is_change_set(part):
        return _run_change_set(environment, request, part, handle)

    inner = _inner(request, part, {}, None)
    answer = handle(inner)
    failed = answer.status if answer.status >= HTTPStatus.BAD_REQUEST else 0

    return failed, write_answer(answer, _content_id(part))


def _run_change_set(
    environment: Environment, request: ApiRequest, change_set: Part, handle: Handle
) -> tuple[int, bytes]:
    try:
        with environment.transaction() as noted:
            session = Session(environment, request.caller, noted)
            answers = _change(request, change_set, handle, session)
    except _BrokenOffError as exc:
        return exc.answer.status, write_answer(exc.answer, None)
    except DataverseError as exc:
        return exc.status, write_answer(error_response(exc), None)

    whole = write_parts("changesetresponse", answers, 200)
    head = f"Content-Type: {whole.headers['Content-Type']}\r\n\r\n".encode()

    return 0, head + whole.body


def _change(request: ApiRequest, change_set: Part, handle: Handle, session: Session) -> list[bytes]:
    answers: list[bytes] = []
    known: dict[str, str] = {}
    for part in split_parts(change_set.headers["content-type"], change_set.content):
        content_id = _content_id(part)
        if content_id is None:
            raise invalid_payload("Each operation of a change set needs a Content-ID.")

        answer = handle(_inner(request, part, known, session))
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _BrokenOffError(answer)

        known[content_id] = answer.headers.get("OData-EntityId", "")
        answers.append(write_answer(answer, content_id))

    return answers


class _BrokenOffError(Exception):
    """An operation of a change set failed, so none of it happened."""

    def __init__(self, answer: ApiResponse) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _inner(
    request: ApiRequest, part: Part, known: dict[str, str], session: Session | None
) -> ApiRequest:
    """Read the request that a part holds."""
    head, blank, body = part.content.partition(b"\r\n\r\n")
    if not blank:
        raise bad_header(part.marker)

    first, *rest = head.decode().strip().split("\r\n")
    method, url = _request_line(first)
    if session is not None and method == "GET":
        raise invalid_payload("A change set cannot hold a GET.")

    if len(url) > _URL_LIMIT:
        raise DataverseError(414, "0x80060888", "The address of the operation is too long.")

    path, _, query = _referred(url, known).partition("?")
    relative = _relative(path, request.root)
    if relative.startswith("$batch"):
        raise invalid_payload("A batch cannot hold a batch.")

    text = body.strip()
    if session is not None and b"$" in text:
        text = _referred_body(text, known)

    return dataclasses.replace(
        request,
        method=method,
        path=relative,
        query=query,
        headers=read_headers(rest),
        body=text,
        session=session,
    )


def _request_line(text: str) -> tuple[str, str]:
    """Return the method and the address, which may hold blanks."""
    if "\n" in text:
        raise bad_header(text.partition("\n")[0])

    method, _, rest = text.partition(" ")
    url, _, protocol = rest.rpartition(" ")
    if not url.strip() or not protocol.startswith("HTTP/"):
        raise invalid_payload("An operation of the batch has no request line.")

    return method, url.strip()


def _content_id(part: Part) -> str | None:
    """Return the id of an operation, from the part or from the request inside."""
    head, _, _ = part.content.partition(b"\r\n\r\n")
    inner = read_headers(head.decode().strip().split("\r\n")[1:])

    return part.headers.get("content-id") or inner.get("content-id")


def _relative(path: str, root: str) -> str:
    """Return an address below the service root, which an absolute one must name."""
    if "://" in path:
        if not path.lower().startswith(root.lower()):
            raise invalid_payload(f"The address '{path}' is not below the service root '{root}'.")

        return path[len(root) :]

    if path.startswith("/api/") and not path.startswith(ROOT):
        raise not_implemented(f"the service root of '{path}'")

    return path.removeprefix(ROOT).lstrip("/")


def _referred(url: str, known: dict[str, str]) -> str:
    """Put the address of an earlier result in place of `$1` at the start of an address."""
    match = _REFERENCE.match(url.lstrip("/"))
    if match is None or match[1] in {"batch", "metadata"}:
        return url

    return _lookup(match[1], known) + url.lstrip("/")[match.end() :]


def _referred_body(body: bytes, known: dict[str, str]) -> bytes:
    found = re.sub(r'"\$(\w+)"', lambda match: f'"{_lookup(match[1], known)}"', body.decode())

    return found.encode()


def _lookup(name: str, known: dict[str, str]) -> str:
    if name not in known:
        raise invalid_payload(
            f"Content-ID Reference: '{name}' does not exist in the batch context."
        )

    return known[name]
