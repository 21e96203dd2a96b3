"""What is deployed: the connector and nothing of its workshop."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pathspec
import pytest

ROOT = Path(__file__).parent.parent
RULES = (ROOT / ".funcignore").read_text().splitlines()
DEPLOYED = {"function_app.py", "host.json", "requirements.txt", "connector"}

INSTALLED = {".git", ".venv", "node_modules", "__pycache__"}
"""Folders of thousands of files, or of none yet: a few names stand for them."""

UNTRACKED = (
    ".env",
    ".git/config",
    ".stack/logs/latest/host-0/functions_host.log",
    ".venv/.ready",
    ".venv/bin/python",
    ".vscode/settings.json",
    "__pycache__/function_app.cpython-313.pyc",
    "contacts.csv",
    "infra/main.bicep",
    "licence-key.pem",
    "local.settings.json",
    "node_modules/.bin/azurite",
    "node_modules/@azure/identity/package.json",
)
"""What may lie beside the sources of whoever deploys."""

type Reader = Callable[[str], bool]


def read_as_git(path: str) -> bool:
    """Tell whether a file is left behind by the rules of .gitignore."""
    return pathspec.GitIgnoreSpec.from_lines(RULES).match_file(path)


def read_as_core_tools(path: str) -> bool:
    """
    Tell whether Core Tools leave a file behind.

    To them a line is the beginning of a path, up to the end of a word; an asterisk is at least one
    character, and an exception always wins.
    https://github.com/Azure/azure-functions-core-tools
    """
    lines = [line.strip() for line in RULES if line.strip() and not line.startswith("#")]
    excepted = [_expression(line[1:]) for line in lines if line.startswith("!")]
    refused = [_expression(line) for line in lines if not line.startswith("!")]
    if any(one.match(path) for one in excepted):
        return False

    return any(one.match(path) for one in refused)


def _expression(line: str) -> re.Pattern[str]:
    text = re.escape(line.removeprefix("/")).replace(r"\*\*", "(.+)").replace(r"\*", "([^/]+)")

    return re.compile(rf"{text}\b")


def files() -> list[str]:
    """Return the paths of all files of the repository."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [one for one in folders if one not in INSTALLED]
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in names]

    return found


READERS = pytest.mark.parametrize(
    "ignores",
    [pytest.param(read_as_git, id="git"), pytest.param(read_as_core_tools, id="core-tools")],
)


@READERS
def test_workshop_stays_behind(ignores: Reader) -> None:
    """
    The package holds the connector, its entry, its host file and its requirements: all of them.
    """
    every = files()
    wanted = {path for path in every if path.partition("/")[0] in DEPLOYED}

    deployed = {path for path in every if not ignores(path)}

    assert deployed == wanted
    assert {path.partition("/")[0] for path in deployed} == DEPLOYED


@READERS
@pytest.mark.parametrize("path", UNTRACKED)
def test_untracked_stays_behind(ignores: Reader, path: str) -> None:
    """
    What lies about in the folder is not deployed, least of all a secret.
    """
    assert ignores(path)


def test_byte_code_stays_behind() -> None:
    """
    Byte code is left behind by all that read the rules as git does.
    """
    assert read_as_git("connector/domain/__pycache__/errors.cpython-313.pyc")
