"""Secrets in a file that only its owner may read: for the local stack alone.

Each secret is a line of its own, added in one write: several hosts may do so at once, a crash
leaves what was there, and no version is ever written over.
"""

import asyncio
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from connector.domain.connection import Secret, SecretVersion
from connector.domain.errors import ConfigurationError

OURS_ALONE: Final = 0o600
OTHERS: Final = 0o077


class FileSecretStore:
    """Is the `SecretStore` on a file; it is made at the first write."""

    def __init__(self, path: Path) -> None:
        """Take where the file is."""
        self._path = path

    async def save(self, secret: Secret) -> SecretVersion:
        """Keep a secret and return its version, once it is on the disk."""
        version = SecretVersion(uuid.uuid4().hex)
        await asyncio.to_thread(self._append, version, secret)

        return version

    async def get(self, version: SecretVersion) -> Secret:
        """Return a secret; raises `ConfigurationError` when there is none of that version."""
        return await asyncio.to_thread(self._find, version)

    async def disable_older(self, version: SecretVersion) -> None:
        """Leave them: the file is of a stack that nobody else can reach."""

    def _append(self, version: SecretVersion, secret: Secret) -> None:
        line = json.dumps({"version": version, "secret": secret.text})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, OURS_ALONE)
            try:
                os.fchmod(handle, OURS_ALONE)
                os.write(handle, f"\n{line}\n".encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as exc:
            raise ConfigurationError("SECRETS_FILE must name a file that can be written") from exc

    def _find(self, version: SecretVersion) -> Secret:
        try:
            if self._path.stat().st_mode & OTHERS:
                raise ConfigurationError("the secrets file must have mode 600")

            text = self._path.read_text()
        except OSError as exc:
            raise ConfigurationError("the secrets file must be there and readable") from exc

        secrets = dict(_lines(text))
        if version not in secrets:
            raise ConfigurationError("the secret must be in the secrets file")

        return Secret(secrets[version])


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield what can be read; of a line that was cut short nobody knows the version."""
    for line in text.splitlines():
        try:
            match json.loads(line):
                case {"version": str(version), "secret": str(secret)}:
                    yield version, secret
        except ValueError:
            continue
