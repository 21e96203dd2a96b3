"""What we keep ourselves is told as ours."""

import asyncio

import pytest

from connector.application.read_storage import read_storage
from connector.domain.errors import ConfigurationError, System, TransientError, system_of


async def test_answer_is_returned() -> None:
    """
    What is read in time is returned.
    """
    assert await read_storage(asyncio.sleep(0, "read")) == "read"


async def test_silence_is_that_of_tables() -> None:
    """
    A table that does not answer in time is told as such, and not as what was looked at.
    """
    with pytest.raises(TransientError, match="in time") as caught:
        await read_storage(asyncio.Event().wait(), 0.01)

    assert system_of(caught.value) is System.TABLES


@pytest.mark.parametrize("system", [None, System.VAULT], ids=["unnamed", "of the vault"])
async def test_failure_names_what_failed(system: System | None) -> None:
    """
    A failure that names nothing is that of the tables.
    """

    async def fail() -> None:
        error = ConfigurationError("must grant us its tables")
        error.system = system
        raise error

    with pytest.raises(ConfigurationError) as caught:
        await read_storage(fail())

    assert system_of(caught.value) is (system or System.TABLES)
