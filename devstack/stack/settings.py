"""The settings under which the connector runs on the stack; its keys are for demonstration."""

from collections.abc import Mapping
from typing import Any

FUNCTION_KEY = "demo-function-key"
WEBHOOK_SECRET = "demo-webhook-secret"
LARGEST_BODY = 1024**2


_KEPT = frozenset({"HOME", "LANG", "PATH", "TMPDIR", "TZ", "USER"})
_KINDS = ("LC_", "PYTHON", "SSL_")


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep what any program needs: settings might lead the connector to real systems."""
    return {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.startswith(_KINDS)
    }


def connector_settings(
    *,
    servicebus: Mapping[str, Any],
    spotler: Mapping[str, Any],
    dataverse: Mapping[str, Any],
    identity: Mapping[str, Any],
    tables: str,
    secrets_file: str,
) -> dict[str, str]:
    """Return the environment of the functions host, from what the parts said when ready."""
    return {
        "LOCAL_STACK": "true",
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": str(LARGEST_BODY),
        "ServiceBusConnection": servicebus["connection_string"],
        "TablesConnection": tables,
        "SPOTLER_URL": spotler["base"],
        "SECRETS_FILE": secrets_file,
        "DATAVERSE_URL": dataverse["url"],
        "DATAVERSE_AUTHORITY": dataverse["authority"],
        "DATAVERSE_TENANT_ID": dataverse["tenant_id"],
        "DATAVERSE_CLIENT_ID": dataverse["client_id"],
        "DATAVERSE_CLIENT_SECRET": dataverse["client_secret"],
        "DATAVERSE_ORGANISATION_ID": dataverse["organisation_id"],
        "DATAVERSE_USER_ID": dataverse["application_user_id"],
        "ENTRA_AUTHORITY": identity["authority"],
        "ENTRA_TENANT_ID": identity["tenant_id"],
        "ENTRA_CLIENT_ID": identity["client_id"],
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
