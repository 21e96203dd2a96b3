"""Files are read with clear errors, and secrets are written once and for one pair of eyes."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.commands.files import (
    SHORTEST_PASSWORD,
    ask_password,
    check_password,
    read_bytes,
    read_text,
    write_secret,
)
from connector.domain.errors import ConfigurationError


def test_file_is_read(tmp_path: Path) -> None:
    """
    A file is read as text, also when some of it is none.
    """
    file = tmp_path / "code.txt"
    file.write_bytes(b"abc\xff")

    assert read_text(str(file)) == "abc\ufffd"


def test_dash_is_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A dash stands for what is piped in.
    """
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"abc\xff")))

    assert read_text("-") == "abc\ufffd"


@pytest.mark.parametrize("name", [".", "nobody/knows"])
def test_unreadable_file_is_named(tmp_path: Path, name: str) -> None:
    """
    What cannot be read is named, with what the system says.
    """
    with pytest.raises(ConfigurationError, match="must be a file to read"):
        read_bytes(tmp_path / name)


def test_secret_is_for_its_owner(tmp_path: Path) -> None:
    """
    Nobody but its owner may read a secret.
    """
    file = tmp_path / "key.pem"

    write_secret(file, b"secret")

    assert file.read_bytes() == b"secret"
    assert file.stat().st_mode & 0o777 == 0o600


def test_secret_overwrites_nothing(tmp_path: Path) -> None:
    """
    A file that is there stays as it is: it may be the only copy of another key.
    """
    file = tmp_path / "key.pem"
    file.write_bytes(b"other")

    with pytest.raises(ConfigurationError, match="must be a new file"):
        write_secret(file, b"secret")

    assert file.read_bytes() == b"other"


@pytest.mark.parametrize("folder", [".", "deep/inside"])
def test_secret_stays_outside_repositories(tmp_path: Path, folder: str) -> None:
    """
    A secret in a repository is committed sooner or later, so none is written there.
    """
    (tmp_path / ".git").mkdir()
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    file = tmp_path / folder / "key.pem"

    with pytest.raises(ConfigurationError, match="outside the repository"):
        write_secret(file, b"secret")

    assert not file.exists()


def test_password_is_the_first_line(tmp_path: Path) -> None:
    """
    The line break that an editor adds is no part of a password.
    """
    file = tmp_path / "password"
    file.write_bytes(b"correct horse\r\nbattery\n")

    assert ask_password(file) == b"correct horse"


def test_empty_password_file_is_empty(tmp_path: Path) -> None:
    """
    An empty file holds an empty password, which protects nothing.
    """
    file = tmp_path / "password"
    file.touch()

    assert ask_password(file) == b""
    with pytest.raises(ConfigurationError, match="at least"):
        check_password(b"x" * (SHORTEST_PASSWORD - 1))
    assert check_password(b"x" * SHORTEST_PASSWORD) == b"x" * SHORTEST_PASSWORD


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the operator is going to type."""
    lines: list[str] = []
    feed: Iterator[str] = iter(lines)
    monkeypatch.setattr("getpass.getpass", lambda _: next(feed))

    return lines


def test_password_is_asked_for(typed: list[str]) -> None:
    """
    Without a file the operator is asked, without an echo.
    """
    typed += ["één geheim"]

    assert ask_password(None) == "één geheim".encode()


@pytest.mark.parametrize(("second", "fits"), [("correct horse", True), ("correct house", False)])
def test_new_password_is_asked_twice(typed: list[str], second: str, *, fits: bool) -> None:
    """
    A new password with a slip would lock its owner out, so it is typed twice.
    """
    typed += ["correct horse", second]

    if fits:
        assert ask_password(None, twice=True) == b"correct horse"
    else:
        with pytest.raises(ConfigurationError, match="same twice"):
            ask_password(None, twice=True)
