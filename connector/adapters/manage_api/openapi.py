"""Describes the manage routes as OpenAPI, from what each declares and from the shapes themselves.

https://spec.openapis.org/oas/v3.1.0
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from connector.adapters.manage_api.shape import Shape

VERSION: Final = "3.1.0"
JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"

_DESCRIPTION: Final = (
    "A change must come as application/json and from our own page: with `Sec-Fetch-Site: "
    "same-origin`, or without that header and with an `Origin` that is the app's own. Programs "
    "send either themselves; without it the answer is 403 `foreign_origin`."
)

_REFERENCE: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"{(\w+)}")

type Json = dict[str, Any]
type Schemas = dict[type[Any], Json]


class Problem(Shape):
    """Is every refusal; `code` is stable and for programs, `detail` for people.

    Some problems carry more, such as what is wrong with each member.
    """

    title: str
    status: int
    code: str
    detail: str
    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Is one method of one route; without a role anyone may call it."""

    path: str
    method: str
    name: str
    summary: str
    role: str | None
    answers: type[Shape] | None = None
    takes: type[Shape] | None = None
    query: type[Shape] | None = None
    status: HTTPStatus = HTTPStatus.OK
    media: str = JSON
    etag: bool = False


def describe(operations: Sequence[Operation], *, version: str) -> Json:
    """Return the OpenAPI document of the operations."""
    schemas, definitions = _describe_shapes(operations)
    paths: dict[str, Json] = {}
    for one in operations:
        path = paths.setdefault(f"/{one.path}", {})
        path[one.method.lower()] = _describe_operation(one, schemas)

    # More members than these come with some problems.
    definitions[Problem.__name__].pop("additionalProperties", None)

    return {
        "openapi": VERSION,
        "info": {
            "title": "Spotler connector, management",
            "version": version,
            "description": _DESCRIPTION,
        },
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "entra": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _describe_shapes(operations: Sequence[Operation]) -> tuple[Schemas, dict[str, Json]]:
    """Return a reference to each shape, and the shapes; what is taken may leave out defaults."""
    told = [one.answers for one in operations if one.answers] + [Problem]
    taken = [shape for one in operations for shape in (one.takes, one.query) if shape]
    modes: list[tuple[type[Shape], Any]] = [(shape, "serialization") for shape in told]
    modes += [(shape, "validation") for shape in taken]
    references, document = models_json_schema(modes, ref_template=_REFERENCE)

    return {shape: one for (shape, _), one in references.items()}, document["$defs"]


def _describe_operation(one: Operation, schemas: Schemas) -> Json:
    described: Json = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_headers(one)],
        "responses": _describe_answers(one, schemas),
        "security": [{"entra": []}] if one.role else [],
    }
    if one.role:
        described["description"] = f"Needs the role {one.role}."
    if one.takes:
        content = {JSON: {"schema": schemas[one.takes]}}
        described["requestBody"] = {"required": True, "content": content}

    return described


def _describe_answers(one: Operation, schemas: Schemas) -> Json:
    content: Json = {one.media: {"schema": schemas[one.answers] if one.answers else {}}}
    answers: Json = {
        str(one.status.value): {"description": one.status.phrase, "content": content},
        "default": {
            "description": "What was refused, and why",
            "content": {PROBLEM_JSON: {"schema": schemas[Problem]}},
        },
    }
    if one.method == "GET":
        answers["304"] = {"description": "Nothing new since the ETag that came along"}

    return answers


def _path_parameters(one: Operation) -> Iterator[Json]:
    for name in _PARAMETER.findall(one.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _headers(one: Operation) -> Iterator[Json]:
    """Yield the header that names what was seen; without it the answer is 428."""
    if one.etag:
        seen = "The ETag of what is about to be changed"
        schema = {"type": "string", "minLength": 1}
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": seen,
            "schema": schema,
        }


def _query_parameters(one: Operation) -> Iterator[Json]:
    if one.query is None:
        return

    schema = one.query.model_json_schema(ref_template=_REFERENCE)
    for name, member in schema["properties"].items():
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": _in_query(member)}


def _in_query(member: Json) -> Json:
    """Return the schema of a parameter: in an address, what is not there is left empty."""
    choices = [{"const": ""} if one == {"type": "null"} else one for one in member.get("anyOf", ())]

    return {**member, "anyOf": choices} if choices else member
