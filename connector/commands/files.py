"""Files that an operator names: read whole, or made once and for nobody else's eyes."""

import getpass
import os
import sys
from pathlib import Path
from typing import Final

from connector.domain.errors import ConfigurationError

SHORTEST_PASSWORD: Final = 12


def read_text(name: str) -> str:
    """Return what a file holds, or the input when the name is a dash."""
    if name == "-":
        return sys.stdin.buffer.read().decode(errors="replace")

    return read_bytes(Path(name)).decode(errors="replace")


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; raises `ConfigurationError`."""
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigurationError(f"{path} must be a file to read: {exc.strerror}") from exc


def write_secret(path: Path, content: bytes) -> None:
    """Make a file that only its owner may read; raises `ConfigurationError`.

    It must be new, and outside every repository.
    """
    folder = path.absolute().resolve().parent
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            raise ConfigurationError(f"a private key must stay outside the repository {parent}")

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise ConfigurationError(f"{path} must be a new file: {exc.strerror}") from exc

    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def ask_password(file: Path | None, *, twice: bool = False) -> bytes:
    """Return the first line of the password file, or what the operator types."""
    if file is not None:
        return (read_bytes(file).splitlines() or [b""])[0]

    password = getpass.getpass("password of the key: ")
    if twice and getpass.getpass("the same again: ") != password:
        raise ConfigurationError("the password must be the same twice")

    return password.encode()


def check_password(password: bytes) -> bytes:
    """Return a password that may protect a key; raises `ConfigurationError`."""
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigurationError(f"a password must have at least {SHORTEST_PASSWORD} characters")

    return password
