"""`licence` makes keys, issues, shows and verifies; it never shows a private key."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connector.adapters.licence.keys import LicenceKey
from connector.adapters.licence.verifier import JwsLicenceVerifier
from connector.cli import main
from connector.domain.licence import ZONE
from devstack.stack.demonstration_licence import KEY as DEMONSTRATION_KEY
from devstack.stack.demonstration_licence import demonstration_licence
from tests.builders import ORGANISATION

PASSWORD = "correct horse battery"

type Output = pytest.CaptureFixture[str]


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")

    return file


@pytest.fixture
def key(tmp_path: Path, password: Path, capsys: Output) -> Path:
    file = tmp_path / "key.pem"
    assert main(["licence", "keygen", f"--out={file}", f"--password-file={password}"]) == 0

    return file


def issue(key: Path, *arguments: str, organisation: str = ORGANISATION) -> int:
    """Issue a full licence until the end of 2099; later arguments win."""
    options = {
        "key": key,
        "organisation": organisation,
        "edition": "full",
        "customer": "Tulp & Zonen",
        "valid-until": "2099-12-31",
    }
    given = [f"--{name}={value}" for name, value in options.items()]

    return main(["licence", "issue", *given, *arguments])


def written(tmp_path: Path, code: str) -> str:
    """Return the name of a file that holds a code."""
    file = tmp_path / "code.txt"
    file.write_text(code)

    return str(file)


def a_day(days: int) -> str:
    return f"{datetime.now(ZONE).date() + timedelta(days=days)}"


def test_key_is_made_for_the_package(
    tmp_path: Path, key: Path, password: Path, capsys: Output
) -> None:
    """
    What `keygen` shows is what the package needs to verify what `issue` signs with the key.
    """
    shown = capsys.readouterr()
    kid, _, pem = shown.out.removeprefix("kid: ").partition("\n")

    assert issue(key, f"--password-file={password}", "--valid-from=2025-03-01") == 0

    signed = capsys.readouterr()
    licence = JwsLicenceVerifier(keys={kid: LicenceKey(pem)}).verify(signed.out)
    days = f"{licence.first_day}", f"{licence.last_day}"
    assert days == ("2025-03-01", "2099-12-31")
    assert (licence.organisation, licence.customer) == (ORGANISATION, "Tulp & Zonen")
    assert "does not know the key yet" in signed.err


def test_private_key_is_never_shown(key: Path, password: Path, capsys: Output) -> None:
    """
    The private key stands encrypted in its file, and in no output.
    """
    issue(key, f"--password-file={password}")

    shown = "".join(capsys.readouterr())
    held = key.read_text()
    assert held.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert not any(line in shown for line in [*held.splitlines(), PASSWORD])


def test_weak_password_makes_no_key(tmp_path: Path, password: Path, capsys: Output) -> None:
    """
    A key is not written under a password that is soon guessed.
    """
    password.write_text("short")
    file = tmp_path / "key.pem"

    assert main(["licence", "keygen", f"--out={file}", f"--password-file={password}"]) == 1

    assert "at least" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize("typed", ["", "wrong password", "wachtwoord\u00e9"])
def test_wrong_password_opens_nothing(
    key: Path, password: Path, typed: str, capsys: Output
) -> None:
    """
    A wrong password is said to be wrong, and no code is shown.
    """
    password.write_text(typed)
    capsys.readouterr()

    assert issue(key, f"--password-file={password}") == 1

    shown = capsys.readouterr()
    assert "the password must be its own" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", id="broken"),
    ],
)
def test_key_file_must_hold_a_key(tmp_path: Path, content: str, capsys: Output) -> None:
    """
    A file without a private key is refused in words.
    """
    file = tmp_path / "key.pem"
    file.write_text(content)

    assert issue(file) == 1

    assert "must hold a private key" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        pytest.param("--valid-from=2099-12-31", None, id="one day"),
        pytest.param("--valid-from=2100-01-01", "begin before it ends", id="ends first"),
        pytest.param("--customer=", "one line", id="no customer"),
        pytest.param("--customer=Tulp\nZonen", "one line", id="two lines"),
    ],
)
def test_licence_must_make_sense(argument: str, says: str | None, capsys: Output) -> None:
    """
    What no verifier would take is not signed.
    """
    assert issue(DEMONSTRATION_KEY, argument) == (0 if says is None else 1)

    shown = capsys.readouterr()
    assert (says or "") in shown.err
    assert bool(shown.out) is (says is None)


@pytest.mark.parametrize(
    "argument",
    [
        "--organisation=demo",
        "--edition=eternal",
        "--valid-until=31-12-2099",
        "--valid-until=9999-12-31",
        "--valid-from=yesterday",
    ],
)
def test_misunderstanding_is_two(argument: str, capsys: Output) -> None:
    """
    An argument that makes no sense ends with 2 and names the argument.
    """
    with pytest.raises(SystemExit) as caught:
        issue(DEMONSTRATION_KEY, argument)

    assert caught.value.code == 2
    assert argument.partition("=")[0] in capsys.readouterr().err


def test_inspecting_is_not_verifying(tmp_path: Path, capsys: Output) -> None:
    """
    A code is shown whoever signed it, with a warning that nobody verified it.
    """
    code = demonstration_licence(ORGANISATION, edition="trial")
    file = written(tmp_path, f"{code[:-8]}AAAAAAAA")

    assert main(["licence", "inspect", file]) == 0

    shown = capsys.readouterr()
    assert "not verified" in shown.err
    assert ORGANISATION in shown.out
    assert "trial" in shown.out
    assert "demo-2026" in shown.out


@pytest.mark.parametrize(
    ("edition", "until", "code", "says"),
    [
        pytest.param("full", 400, 0, "active", id="active"),
        pytest.param("full", 10, 0, "expiring", id="expiring"),
        pytest.param("trial", 10, 0, "trial", id="trial"),
        pytest.param("full", -5, 0, "grace", id="grace"),
        pytest.param("full", -20, 1, "expired", id="expired"),
    ],
)
def test_verifying_says_what_is_allowed(
    tmp_path: Path, capsys: Output, edition: str, until: int, code: int, says: str
) -> None:
    """
    The state is shown with what it allows, and the exit code says whether changes are sent.
    """
    issue(
        DEMONSTRATION_KEY,
        f"--edition={edition}",
        "--valid-from=2025-01-01",
        f"--valid-until={a_day(until)}",
    )
    file = written(tmp_path, capsys.readouterr().out)

    ended = main(["licence", "verify", file, f"--organisation={ORGANISATION}", "--local-stack"])

    shown = capsys.readouterr()
    assert ended == code
    assert f"state:          {says}" in shown.out
    assert f"sync:           {'no' if code else 'yes'}\n" in shown.out
    assert f"valid until:    {a_day(until)}\n" in shown.out
    assert bool(shown.err) is bool(code)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param([], "must stay on the local stack", id="demonstration"),
        pytest.param(
            ["--local-stack", "--organisation=00000000-0000-0000-0000-000000000001"],
            "must be for this organisation",
            id="other organisation",
        ),
    ],
)
def test_verifying_says_what_is_wrong(
    tmp_path: Path, arguments: list[str], says: str, capsys: Output
) -> None:
    """
    A code that opens nothing ends with 1 and with what must be true.
    """
    file = written(tmp_path, demonstration_licence(ORGANISATION))

    ended = main(["licence", "verify", file, f"--organisation={ORGANISATION}", *arguments])

    assert ended == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("part", ["inspect", "verify"])
@pytest.mark.parametrize("text", ["", "hello", "a.b.c"])
def test_no_code_is_no_crash(tmp_path: Path, part: str, text: str, capsys: Output) -> None:
    """
    A file without a code ends with 1 and one line.
    """
    more = [f"--organisation={ORGANISATION}"] if part == "verify" else []

    assert main(["licence", part, written(tmp_path, text), *more]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "must be" in shown.err
    assert len(shown.err.splitlines()) == 1
