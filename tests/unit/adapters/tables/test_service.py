from types import SimpleNamespace
from typing import cast

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DeserializationError,
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)
from azure.data.tables.aio import TableServiceClient

from connector.adapters.tables.service import TableService
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError


class Sdk:
    """Is an account as the SDK shows it; `created` names each table that it was told to make."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.errors: list[Exception] = []
        self.closed = 0

    def open(self) -> TableServiceClient:
        return cast("TableServiceClient", self)

    def get_table_client(self, name: str) -> "SdkTable":
        return SdkTable(self, name)

    async def close(self) -> None:
        self.closed += 1


class SdkTable:
    def __init__(self, sdk: Sdk, name: str) -> None:
        self._sdk = sdk
        self._name = name

    async def create_table(self) -> None:
        self._sdk.created.append(self._name)
        if self._sdk.errors:
            raise self._sdk.errors.pop()


def answered(status: int) -> HttpResponseError:
    return HttpResponseError(response=SimpleNamespace(status_code=status, reason="because"))


TRANSLATIONS = [
    pytest.param(ClientAuthenticationError(), ConfigurationError, id="unknown identity"),
    pytest.param(answered(403), ConfigurationError, id="forbidden"),
    pytest.param(answered(404), TransientError, id="table gone"),
    pytest.param(answered(429), TransientError, id="too many"),
    pytest.param(answered(503), TransientError, id="busy"),
    pytest.param(ServiceRequestError("refused"), TransientError, id="not reachable"),
    pytest.param(ServiceResponseTimeoutError("slow"), TransientError, id="no answer in time"),
    pytest.param(ConnectionResetError(), TransientError, id="reset"),
    pytest.param(DeserializationError("odd"), TransientError, id="not readable"),
]


@pytest.mark.parametrize(("error", "kind"), TRANSLATIONS)
async def test_failures_get_our_names(error: Exception, kind: type[ConnectorError]) -> None:
    """
    What goes wrong while a table is used is translated once, with its cause.
    """
    service = TableService(Sdk().open)

    with pytest.raises(ConnectorError, match="table storage") as caught:
        async with service.open("records"):
            raise error

    assert type(caught.value) is kind
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(("error", "kind"), TRANSLATIONS)
async def test_failing_to_make_a_table(error: Exception, kind: type[ConnectorError]) -> None:
    """
    A table that cannot be made is made at the next use.
    """
    sdk = Sdk()
    sdk.errors = [error]
    service = TableService(sdk.open)

    with pytest.raises(kind):
        async with service.open("records"):
            pytest.fail("there is no table")
    async with service.open("records"), service.open("records"):
        pass

    assert sdk.created == ["records", "records"]


async def test_table_may_be_there() -> None:
    """
    A table that another host has made is as good as our own.
    """
    sdk = Sdk()
    sdk.errors = [ResourceExistsError()]

    async with TableService(sdk.open).open("records") as table:
        assert table is not None


async def test_own_errors_pass() -> None:
    """
    What is no failure of the tables keeps its name.
    """
    service = TableService(Sdk().open)

    with pytest.raises(KeyError):
        async with service.open("records"):
            raise KeyError("status")


async def test_close_is_repeatable() -> None:
    """
    The account is closed once, and only if it was opened.
    """
    sdk = Sdk()
    service = TableService(sdk.open)

    await service.close()
    async with service.open("records"):
        pass
    await service.close()
    await service.close()

    assert sdk.closed == 1
