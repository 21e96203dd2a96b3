"""The settings that nobody can do without, and what is said when others are wrong."""

from typing import Final

import pytest

from connector.domain.errors import MisconfiguredError
from connector.settings import Settings

GUID = "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"
SECRET = "do/not/tell/4711"
"""Is base64 too, as some keys must be."""

BUS = "Endpoint=sb://a.servicebus.windows.net/"
LEAST: Final = {
    "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
    "DATAVERSE_ORGANISATION_ID": GUID,
    "KEY_VAULT_URL": "https://contoso.vault.azure.net",
    "WEBHOOK_SECRET": SECRET,
    "ServiceBusConnection": f"{BUS};SharedAccessKeyName=a;SharedAccessKey={SECRET}",
    "TablesConnection": f"AccountName=contoso;AccountKey={SECRET}",
}
LOCAL: Final = {
    "LOCAL_STACK": "true",
    "DATAVERSE_URL": "http://127.0.0.1:7082",
    "DATAVERSE_AUTHORITY": "http://127.0.0.1:7082",
    "ENTRA_AUTHORITY": "http://localhost:7083",
    "SPOTLER_URL": "http://[::1]:7081",
    "KEY_VAULT_URL": "https://localhost",
    "ServiceBusConnection": f"Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey={SECRET}",
    "TablesConnection": "UseDevelopmentStorage=true",
}
"""What makes of the least a stack on this machine."""


def faults(**changes: str | None) -> list[str]:
    """Return the lines of the error when these settings replace good ones."""
    changed = {name: value for name, value in (LEAST | changes).items() if value is not None}
    with pytest.raises(MisconfiguredError) as caught:
        Settings.from_env(changed)

    title, *lines = str(caught.value).splitlines()
    assert title == "settings must be put right:"
    assert [line.strip() for line in lines] == [*caught.value.faults]

    return [*caught.value.faults]


def is_accepted(**changes: str) -> bool:
    try:
        Settings.from_env(LEAST | changes)
    except MisconfiguredError:
        return False

    return True
