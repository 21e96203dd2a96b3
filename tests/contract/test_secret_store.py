"""What the use cases may expect of any `SecretStore`: the fake, the file, and Key Vault."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.adapters.secrets.file import FileSecretStore
from connector.adapters.secrets.key_vault import KeyVaultSecretStore
from connector.application.connection_ports import SecretStore
from connector.domain.connection import Secret, SecretVersion
from connector.domain.errors import ConfigurationError, TransientError
from tests.connections import FakeSecrets
from tests.contract.vault import Vault, running_vault

UNKNOWN = SecretVersion("0123456789abcdef0123456789abcdef")


@pytest.fixture
async def vault() -> AsyncIterator[Vault]:
    async with running_vault() as one:
        yield one


@pytest.fixture(params=["fake", "file", "key vault"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, vault: Vault
) -> AsyncIterator[SecretStore]:
    if request.param == "fake":
        yield FakeSecrets()
    elif request.param == "file":
        yield FileSecretStore(tmp_path / "folder" / "secrets")
    else:
        on_vault = KeyVaultSecretStore(vault.client)
        yield on_vault
        await on_vault.close()


async def test_each_version_stays(store: SecretStore) -> None:
    """
    A secret that is saved has a version of its own, and what was saved before stays.
    """
    texts = ["first", 'sécond "quoted"\n', "first"]
    versions = [await store.save(Secret(text)) for text in texts]

    assert len(set(versions)) == 3
    assert [(await store.get(version)).text for version in versions] == texts


async def test_many_save_at_once(store: SecretStore) -> None:
    """
    Nobody who saves at the same time loses their secret.
    """
    secrets = [Secret(f"secret-{n}") for n in range(8)]

    versions = await asyncio.gather(*map(store.save, secrets))

    assert [await store.get(version) for version in versions] == secrets


async def test_unknown_version_is_for_operator(store: SecretStore) -> None:
    """
    A version that is not there needs somebody who enters the secret again.
    """
    await store.save(Secret("another"))

    with pytest.raises(ConfigurationError, match="the secret must be"):
        await store.get(UNKNOWN)


async def test_disabling_older_keeps_newer(store: SecretStore) -> None:
    """
    The version that is in use, and any that was saved since, are read as before.
    """
    _, used, newer = [await store.save(Secret(text)) for text in ("old", "used", "newer")]

    await store.disable_older(used)

    assert [(await store.get(one)).text for one in (used, newer)] == ["used", "newer"]


async def test_vault_disables_older(vault: Vault) -> None:
    """
    In the vault what was saved before the version in use opens nothing any more.
    """
    store = KeyVaultSecretStore(vault.client)
    *older, used = [await store.save(Secret(text)) for text in ("first", "second", "used")]

    for _ in range(2):
        await store.disable_older(used)

    assert {version for _, version in vault.disabled} == {*older}
    for version in older:
        with pytest.raises(ConfigurationError):
            await store.get(version)
    await store.close()


async def test_vault_leaves_the_unclear(vault: Vault) -> None:
    """
    What was saved within the same second, or beside a version that is not there, stays as it is.
    """
    vault.is_quick = True
    store = KeyVaultSecretStore(vault.client)
    versions = [await store.save(Secret(text)) for text in ("first", "second")]

    await store.disable_older(versions[1])
    await store.disable_older(UNKNOWN)

    assert vault.disabled == set()
    await store.close()


async def test_file_is_for_its_owner(tmp_path: Path) -> None:
    """
    The file is made with mode 600, and one that others may read is not used.
    """
    path = tmp_path / "secrets"
    store = FileSecretStore(path)
    version = await store.save(Secret("a secret"))
    assert path.stat().st_mode & 0o777 == 0o600

    path.chmod(0o640)

    with pytest.raises(ConfigurationError, match="mode 600"):
        await store.get(version)


async def test_cut_line_harms_nobody(tmp_path: Path) -> None:
    """
    A line that a crash cut short is passed over, and the next secret is whole.
    """
    path = tmp_path / "secrets"
    store = FileSecretStore(path)
    first = await store.save(Secret("first"))
    with path.open("a") as file:
        file.write('[]\n{"version": "cut", "sec')

    second = await store.save(Secret("second"))

    assert [(await store.get(one)).text for one in (first, second)] == ["first", "second"]


async def test_file_must_be_usable(tmp_path: Path) -> None:
    """
    A place that cannot be read or written is a matter for the operator.
    """
    store = FileSecretStore(tmp_path)

    with pytest.raises(ConfigurationError, match="can be written"):
        await store.save(Secret("a secret"))
    with pytest.raises(ConfigurationError, match=r"mode 600|readable"):
        await store.get(UNKNOWN)
    with pytest.raises(ConfigurationError, match="readable"):
        await FileSecretStore(tmp_path / "none").get(UNKNOWN)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (401, ConfigurationError, "accept our identity"),
        (403, ConfigurationError, "let us read and set"),
        (429, TransientError, "429"),
        (503, TransientError, "503"),
    ],
)
async def test_vault_refuses(vault: Vault, status: int, error: type[Exception], said: str) -> None:
    """
    What the vault answers is translated by what it means; no answer shows the secret.
    """
    store = KeyVaultSecretStore(vault.client)
    vault.failures = [status] * 3

    with pytest.raises(error, match=said) as caught:
        await store.save(Secret("canary"))

    assert "canary" not in str(caught.value)
    await store.close()


async def test_vault_away() -> None:
    """
    A vault that cannot be reached is waited for.
    """
    vault = Vault(url="https://127.0.0.1:9")
    store = KeyVaultSecretStore(vault.client)

    with pytest.raises(TransientError, match="reachable"):
        await store.get(UNKNOWN)
    await store.close()
    await store.close()
