"""The description of the manage routes, held against the routes by a fuzzer that knows no mercy."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from devstack.stack import StackOptions
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
]

CONFIG: Final = Path(__file__).with_name("schemathesis.toml")
SEED: Final = 20261126
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Stand behind a front door, as in Azure."""
    return StackOptions(front_door=True)


@pytest.mark.parametrize(
    ("role", "phases", "examples"),
    [
        pytest.param("admin", "coverage,fuzzing", 8, id="administrator"),
        pytest.param("reader", "fuzzing", 4, id="reader"),
    ],
)
async def test_fuzzer_finds_nothing(
    local: Local, role: str, phases: str, examples: int, tmp_path: Path
) -> None:
    """
    Whatever is sent by whomever, no route answers 5xx or anything that it did not describe.
    """
    fuzzer = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run"),
        f"{local.stack.address}/api/manage/openapi.json",
        *("--header", f"Authorization: Bearer {await local.stack.token(role)}"),
        *("--header", "Sec-Fetch-Site: same-origin"),
        *("--checks", ",".join(CHECKS), "--phases", phases),
        *("--max-examples", str(examples), "--seed", str(SEED), "--continue-on-failure"),
        *("--request-timeout", "60", "--no-color", "--generation-database", "none"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await fuzzer.communicate()

    assert fuzzer.returncode == 0, said.decode()
