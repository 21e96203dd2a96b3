"""The settings of the connector on the stack."""

from collections import defaultdict

from devstack.stack.settings import connector_settings, without_settings


def test_no_setting_of_ours_is_inherited() -> None:
    """
    Who has settings of real systems in the environment does not lead the stack there.
    """
    anything: dict[str, str] = defaultdict(str)
    ours = connector_settings(
        servicebus=anything,
        spotler=anything,
        dataverse=anything,
        identity=anything,
        tables="",
        secrets_file="",
    )

    theirs = {"KEY_VAULT_URL": "https://contoso.vault.azure.net", "WEBHOOK_AUTH": "key"}
    assert without_settings({**ours, **theirs, "PATH": "/bin"}) == {"PATH": "/bin"}
