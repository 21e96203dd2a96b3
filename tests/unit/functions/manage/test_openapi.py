import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from connector.adapters.manage_api.openapi import Operation
from connector.domain.product import VERSION
from connector.functions.manage import BLUEPRINTS
from connector.functions.manage.openapi import openapi, operations_of
from tests.unit.functions.manage.calls import a_call
from tests.unit.functions.world import World

ROOT = Path(__file__).parents[4]


@pytest.fixture
async def document(world: World) -> dict[str, Any]:
    answer = await openapi(a_call(token="reader"))
    described: dict[str, Any] = json.loads(answer.get_body())

    return described


def test_version_is_that_of_the_package() -> None:
    """
    The product names the version that its package has.
    """
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


async def test_every_route_is_described(document: dict[str, Any]) -> None:
    """
    What is described is what is registered: each method of each route, by its function's name.
    """
    described = {
        (path, method): one["operationId"]
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }

    assert document["info"]["version"] == VERSION
    assert described == {
        (f"/{one.path}", one.method.lower()): one.name for one in operations_of(BLUEPRINTS)
    }


@pytest.mark.parametrize("operation", [*operations_of(BLUEPRINTS)], ids=lambda one: str(one.name))
def test_route_declares_what_it_does(operation: Operation) -> None:
    """
    Each route says in a sentence what it does, and in shapes what it takes and answers.
    """
    assert operation.summary
    if operation.name != "manage_openapi" and operation.media == "application/json":
        assert operation.answers is not None, "a route must declare what it answers"


async def test_shapes_are_strict(document: dict[str, Any]) -> None:
    """
    What a route takes allows nothing more, and only problems may say more than described.
    """
    schemas = document["components"]["schemas"]
    shapes = {name: one for name, one in schemas.items() if one["type"] == "object"}

    loose = {name for name, one in shapes.items() if one.get("additionalProperties") is not False}
    assert loose == {"Problem"}


async def test_headers_are_told(document: dict[str, Any]) -> None:
    """
    Who reads the description knows which headers a change needs.
    """
    save = document["paths"]["/manage/mappings"]["put"]
    start = document["paths"]["/manage/jobs"]["post"]

    assert [(one["name"], one["in"], one["required"]) for one in save["parameters"]] == [
        ("If-Match", "header", True)
    ]
    assert start["parameters"] == []
    assert "Sec-Fetch-Site" in document["info"]["description"]


async def test_roles_and_problems_are_told(document: dict[str, Any]) -> None:
    """
    Whose token a route needs stands in it, and every route may answer with a problem.
    """
    start = document["paths"]["/manage/jobs"]["post"]
    sign_in = document["paths"]["/manage/sign-in"]["get"]

    assert (start["security"], start["description"]) == (
        [{"entra": []}],
        "Needs the role Connector.Admin.",
    )
    assert sign_in["security"] == []
    assert set(start["responses"]) == {"202", "default"}
    assert set(sign_in["responses"]) == {"200", "304", "default"}
