"""What is known at the start though settings are wrong."""

from collections.abc import Iterator, Mapping

import pytest

from connector.adapters.azure_clients import Connection
from connector.adapters.entra.tokens import EntraSignIn
from connector.bootstrap import queue_of_trigger, sign_in, sign_in_settings
from connector.settings import Settings
from tests.unit.least_settings import GUID, SECRET

ENTRA = {"ENTRA_TENANT_ID": GUID, "ENTRA_CLIENT_ID": GUID}


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    for known in (sign_in, queue_of_trigger):
        known.cache_clear()
    yield
    for known in (sign_in, queue_of_trigger):
        known.cache_clear()


def use(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_people_sign_in_though_all_else_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Somebody must be able to read what is wrong.
    """
    use(ENTRA, monkeypatch)

    assert isinstance(sign_in(), EntraSignIn)
    assert sign_in() is sign_in()


@pytest.mark.parametrize(
    "environment",
    [{}, {"ENTRA_TENANT_ID": GUID}, ENTRA | {"ENTRA_AUTHORITY": "https://evil.example"}],
    ids=["nothing", "half", "another authority"],
)
def test_nobody_signs_in_by_wrong_settings(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where the sign-in itself is set wrongly nobody is let in, by nothing at all.
    """
    use(environment, monkeypatch)

    assert sign_in() is None
    assert (sign_in_settings() is None) == bool(environment)


@pytest.mark.parametrize(
    ("environment", "connection"),
    [
        pytest.param({"Bus": f" {SECRET} "}, (SECRET, "", None), id="string"),
        pytest.param(
            {"Bus__fullyQualifiedNamespace": "a.example", "Bus__clientId": GUID},
            (None, "a.example", GUID),
            id="identity",
        ),
        pytest.param({}, (None, "", None), id="nothing"),
    ],
)
def test_trigger_has_a_way_back(
    environment: dict[str, str], connection: tuple[str | None, str, str | None]
) -> None:
    """
    What the host took from a queue can go back there, by the host's own connection.
    """
    found = Connection.of_trigger(environment, "Bus")

    string = found.string.get_secret_value() if found.string else None
    assert (string, found.address, found.client_id) == connection


def test_way_back_opens_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    There is one sender for each queue, and it opens at its first message.
    """
    use({"ServiceBusConnection": "nonsense"}, monkeypatch)

    assert queue_of_trigger("changes") is queue_of_trigger("changes")
    assert queue_of_trigger("jobs") is not queue_of_trigger("changes")
