"""Secrets in Azure Key Vault, read and written as the identity of the app.

https://learn.microsoft.com/azure/key-vault/secrets/about-secrets
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from connector.domain.connection import Secret, SecretVersion
from connector.domain.errors import ConfigurationError, System, TransientError, named

if TYPE_CHECKING:
    from azure.keyvault.secrets.aio import SecretClient

NAME: Final = "spotler-secret"
"""One name: Key Vault itself keeps a version for each time that it is set."""

REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})


class KeyVaultSecretStore:
    """Is the `SecretStore` on a vault; the client is made at first use, in the event loop."""

    def __init__(self, make_client: "Callable[[], SecretClient]") -> None:
        """Take how to make a client."""
        self._make_client = make_client
        self._client: SecretClient | None = None

    async def save(self, secret: Secret) -> SecretVersion:
        """Keep a secret as a new version."""
        async with self._open() as vault:
            kept = await vault.set_secret(NAME, secret.text)

        return SecretVersion(kept.properties.version or "")

    async def get(self, version: SecretVersion) -> Secret:
        """Return a secret; raises `ConfigurationError` when there is none of that version."""
        async with self._open() as vault:
            kept = await vault.get_secret(NAME, version)

        return Secret(kept.value or "")

    async def disable_older(self, version: SecretVersion) -> None:
        """Disable the versions that the vault made before this one; a disabled one is not shown.

        https://learn.microsoft.com/rest/api/keyvault/secrets/update-secret/update-secret
        """
        async with self._open() as vault:
            versions = [one async for one in vault.list_properties_of_secret_versions(NAME)]
            made = next((one.created_on for one in versions if one.version == version), None)
            for one in versions:
                is_older = made and one.created_on and one.created_on < made
                if is_older and one.enabled:
                    await vault.update_secret_properties(NAME, one.version, enabled=False)

    async def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @asynccontextmanager
    async def _open(self) -> "AsyncIterator[SecretClient]":
        """Yield the client, and translate what goes wrong while it is used."""
        with named(System.VAULT):
            async with self._translated() as client:
                yield client

    @asynccontextmanager
    async def _translated(self) -> "AsyncIterator[SecretClient]":
        try:
            self._client = self._client or self._make_client()
            yield self._client
        except ResourceNotFoundError as exc:
            raise ConfigurationError("the secret must be in the key vault") from exc
        except ClientAuthenticationError as exc:
            raise ConfigurationError("the key vault must accept our identity") from exc
        except HttpResponseError as exc:
            if exc.status_code in REFUSALS:
                raise ConfigurationError("the key vault must let us read and set secrets") from exc

            raise TransientError(
                f"the key vault must be up: it answered {exc.status_code}"
            ) from exc
        except (AzureError, OSError) as exc:
            raise TransientError("the key vault must be reachable") from exc
