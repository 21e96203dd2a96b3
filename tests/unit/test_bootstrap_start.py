"""What is known at the start though settings are wrong."""

from collections.abc import Iterator, Mapping

import pytest

from connector.adapters.azure_clients import Connection
from connector.adapters.entra.tokens import EntraSignIn
from connector.bootstrap import queue_of_trigger, refusing, sign_in, sign_in_settings
from connector.settings import Settings
from tests.unit.least_settings import GUID, SECRET

ENTRA = {"ENTRA_TENANT_ID": GUID, "ENTRA_CLIENT_ID": GUID}


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    cached = (sign_in, queue_of_trigger, refusing)
    for known in cached:
        known.cache_clear()
    yield
    for known in cached:
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


IN_AZURE = {"WEBSITE_SITE_NAME": "connector"}
NOTING = {
    "DATAVERSE_ORGANISATION_ID": GUID,
    "TablesConnection__endpoint": "https://x.table.core.windows.net",
}


@pytest.mark.parametrize("missing", [None, *NOTING], ids=str)
async def test_lost_calls_are_noted_by_few_settings(
    monkeypatch: pytest.MonkeyPatch, missing: str | None
) -> None:
    """
    What is lost while settings are wrong is noted as long as whose it is and where are right.
    """
    use({name: value for name, value in NOTING.items() if name != missing}, monkeypatch)

    known = refusing()

    assert (known is None) == (missing is not None)
    assert known is refusing()
    if known is not None:
        assert known.organisation == GUID
        await known.activity.close()


@pytest.mark.parametrize(
    "wrong",
    [{"ENTRA_TENANT_ID": "ours"}, {"LOCAL_STACK": "perhaps"}, {"LOCAL_STACK": "true"} | IN_AZURE],
    ids=["sign-in", "no word for yes", "local in Azure"],
)
async def test_lost_calls_are_noted_whatever_else_is_wrong(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    """
    What is wrong with another setting, even with one that all share, keeps no loss from being told.
    """
    use(NOTING | wrong, monkeypatch)

    known = refusing()

    assert known is not None
    await known.activity.close()


async def test_no_loss_is_noted_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A local stack that is refused does not lead our notes to an address of this machine.
    """
    there = {"TablesConnection__endpoint": "http://127.0.0.1:10002"}
    use(NOTING | there | {"LOCAL_STACK": "true"} | IN_AZURE, monkeypatch)

    assert refusing() is None
