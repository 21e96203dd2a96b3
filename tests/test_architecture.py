"""The direction of imports: domain <- application <- adapters <- functions <- function_app."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONNECTOR = ROOT / "connector"

OURS = {
    "domain": {"domain"},
    "application": {"domain", "application"},
    "adapters": {"domain", "application", "adapters"},
    "functions": {"domain", "application", "adapters", "functions", "bootstrap"},
    "settings": {"domain", "adapters"},
    "bootstrap": {"domain", "application", "adapters", "settings", "bootstrap"},
    "commands": {"domain", "application", "adapters", "settings", "bootstrap", "commands"},
    "cli": {"domain", "commands"},
}
OTHERS = {
    "domain": {"phonenumbers", "stdnum", "email_validator"},
    "application": set(),
    "adapters": {
        "azure",
        "cryptography",
        "httpx",
        "jwt",
        "oauthlib",
        "opentelemetry",
        "pydantic",
        "pydantic_core",
    },
    "functions": {"azure"},
    "settings": {"pydantic"},
    "bootstrap": {"azure"},
    "commands": set(),
    "cli": set(),
}
VENDORS = {"dataverse", "entra", "licence", "secrets", "spotler", "tables"}

MODULES = sorted(CONNECTOR.rglob("*.py"))


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} must import by full names"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _layer(module: Path) -> str:
    return module.relative_to(CONNECTOR).parts[0].removesuffix(".py")


def _vendor(parts: tuple[str, ...]) -> str | None:
    return parts[1] if parts[:1] == ("adapters",) and parts[1] in VENDORS else None


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CONNECTOR)))
def test_imports_point_inwards(module: Path) -> None:
    """
    A module imports only what its layer may know, and no vendor knows another.
    """
    layer = _layer(module)
    if layer == "__init__":
        return

    for name in _imports(module):
        top, *rest = name.split(".")
        if top == "connector":
            assert rest[0] in OURS[layer], f"{layer} must not know {name}"
            here = _vendor(module.relative_to(CONNECTOR).parts)
            there = _vendor(tuple(rest))
            assert here is None or there is None or here == there, f"{here} must not know {there}"
        elif top not in sys.stdlib_module_names:
            assert top in OTHERS[layer], f"{layer} must not use {top}"


@pytest.mark.parametrize("folder", ["connector", "devstack"])
def test_product_and_stack_are_strangers(folder: str) -> None:
    """
    The product knows nothing of the local stack, and the simulators share nothing with it.
    """
    stranger = {"connector": "devstack", "devstack": "connector"}[folder]

    for module in (ROOT / folder).rglob("*.py"):
        tops = {name.split(".")[0] for name in _imports_anywhere(module)}
        assert stranger not in tops, f"{module.relative_to(ROOT)} must not import {stranger}"


def _imports_anywhere(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_function_app_only_registers() -> None:
    """
    The entry registers the blueprints and stays under 20 lines of code.
    """
    lines = [line for line in (ROOT / "function_app.py").read_text().splitlines() if line.strip()]

    assert len(lines) < 20
