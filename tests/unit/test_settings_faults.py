"""What is wrong with the settings is told all at once, in words, and without a secret."""

import random

import pytest

from connector.domain.errors import ConfigurationError, MisconfiguredError
from connector.settings import Settings
from tests.unit.least_settings import GUID, LEAST, LOCAL, SECRET, faults, is_accepted

ZEROS = "00000000-0000-0000-0000-000000000000"
DEEP = "[" * 200_000
NAMES = [str(field.alias) for field in Settings.model_fields.values()]
ENVIRONMENT = [*NAMES, "WEBSITE_HOSTNAME"]


@pytest.mark.parametrize(
    "text", ["{", DEEP, "[]", '{"no_such_switch": true}', '{"usual_wait": "x"}']
)
def test_unknown_dialect_is_named(text: str) -> None:
    """
    A dialect that is not understood is no setting.
    """
    with pytest.raises(ConfigurationError, match="SPOTLER_DIALECT: "):
        Settings.from_env(LEAST | {"SPOTLER_DIALECT": text})


def test_everything_missing_is_named_at_once() -> None:
    """
    An operator who begins with nothing learns in one go all that is needed.
    """
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"PATH": "/bin"})

    assert str(caught.value).splitlines()[1:] == [
        "  DATAVERSE_URL: is missing",
        "  DATAVERSE_ORGANISATION_ID: is missing",
        "  KEY_VAULT_URL: is missing (or SECRETS_FILE on the local stack)",
        "  WEBHOOK_SECRET: is missing (or set WEBHOOK_AUTH=key)",
        "  ServiceBusConnection: is missing (or __fullyQualifiedNamespace for an identity)",
        "  TablesConnection: is missing (or __endpoint for an identity)",
    ]


def test_everything_wrong_is_named_at_once() -> None:
    """
    Missing, malformed and contradictory settings stand in one error, each on its line.
    """
    lines = faults(
        LOCAL_STACK="perhaps",
        DATAVERSE_URL="https://evil.example",
        DATAVERSE_ORGANISATION_ID="contoso",
        DATAVERSE_USER_ID="me",
        DATAVERSE_AUTHORITY="https://login.example",
        DATAVERSE_CLIENT_SECRET=SECRET,
        ENTRA_AUTHORITY="https://login.example",
        ENTRA_TENANT_ID="contoso",
        ENTRA_CLIENT_ID="the page",
        ENTRA_ALLOWED_CLIENTS="a script",
        SPOTLER_URL="http://restapi.mailplus.nl",
        SPOTLER_DIALECT='{"zone": "Mars"}',
        KEY_VAULT_URL="https://evil.example",
        WEBHOOK_AUTH="none",
        WEBHOOK_SECRET=None,
        ServiceBusConnection__fullyQualifiedNamespace="https://evil.example/x",
        ServiceBusConnection="nonsense",
        TablesConnection__endpoint="http://evil.example",
        TablesConnection="nonsense",
        ON_DELETE="purge",
        RETRY_FIRST_SECONDS="0",
        RETRY_ATTEMPTS="many",
        TIME_ZONE="Amsterdam",
    )

    assert [line.partition(":")[0] for line in lines] == [
        "LOCAL_STACK",
        "ENTRA_AUTHORITY",
        "ENTRA_TENANT_ID",
        "ENTRA_CLIENT_ID",
        "ENTRA_ALLOWED_CLIENTS",
        "DATAVERSE_URL",
        "DATAVERSE_ORGANISATION_ID",
        "DATAVERSE_USER_ID",
        "DATAVERSE_AUTHORITY",
        "DATAVERSE_TENANT_ID",
        "DATAVERSE_CLIENT_ID",
        "SPOTLER_URL",
        "SPOTLER_DIALECT",
        "KEY_VAULT_URL",
        "WEBHOOK_AUTH",
        "WEBHOOK_SECRET",
        "ServiceBusConnection__fullyQualifiedNamespace",
        "ServiceBusConnection",
        "TablesConnection__endpoint",
        "TablesConnection",
        "ON_DELETE",
        "RETRY_FIRST_SECONDS",
        "RETRY_ATTEMPTS",
        "TIME_ZONE",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"DATAVERSE_URL": ""}, "DATAVERSE_URL: is missing", id="blank"),
        pytest.param({"DATAVERSE_URL": " \n"}, "DATAVERSE_URL: is missing", id="space"),
        pytest.param(
            {"SECRETS_FILE": "secrets"},
            "SECRETS_FILE: must be set on the local stack alone",
            id="file in azure",
        ),
        pytest.param(
            LOCAL | {"SECRETS_FILE": "secrets"},
            "KEY_VAULT_URL: must not be set together with SECRETS_FILE",
            id="two places for a secret",
        ),
        pytest.param(
            {"DATAVERSE_ORGANISATION_ID": "contoso"},
            "DATAVERSE_ORGANISATION_ID: must be a GUID",
            id="name for an id",
        ),
        pytest.param(
            {"ON_DELETE": "purge"},
            "ON_DELETE: must be 'withdraw', 'anonymise' or 'keep'",
            id="unknown choice",
        ),
        pytest.param(
            {"RETRY_ATTEMPTS": "0"},
            "RETRY_ATTEMPTS: must be greater than or equal to 1",
            id="no attempt",
        ),
        pytest.param(
            {"RETRY_ATTEMPTS": "101"},
            "RETRY_ATTEMPTS: must be less than or equal to 100",
            id="too many attempts",
        ),
        pytest.param(
            {"RETRY_FIRST_SECONDS": "nan"},
            "RETRY_FIRST_SECONDS: must be less than or equal to 3600",
            id="no number",
        ),
        pytest.param(
            {"RETRY_FIRST_SECONDS": "5", "RETRY_LONGEST_SECONDS": "4.9"},
            "RETRY_LONGEST_SECONDS: must not be less than RETRY_FIRST_SECONDS",
            id="longest before first",
        ),
        pytest.param(
            {"RETRY_LONGEST_SECONDS": "1"},
            "RETRY_LONGEST_SECONDS: must not be less than RETRY_FIRST_SECONDS",
            id="longest before the usual first",
        ),
        pytest.param(
            {"TIME_ZONE": "../etc/passwd"},
            "TIME_ZONE: must be the name of a time zone, such as Europe/Amsterdam",
            id="no time zone",
        ),
        pytest.param(
            {"DATAVERSE_CLIENT_SECRET": SECRET, "DATAVERSE_TENANT_ID": "contoso"},
            "DATAVERSE_CLIENT_ID: must be set with DATAVERSE_CLIENT_SECRET",
            id="secret of nobody",
        ),
        pytest.param(
            {"ENTRA_TENANT_ID": GUID},
            "ENTRA_CLIENT_ID: must be set together with ENTRA_TENANT_ID",
            id="tenant of no application",
        ),
        pytest.param(
            {"ENTRA_CLIENT_ID": GUID},
            "ENTRA_CLIENT_ID: must be set together with ENTRA_TENANT_ID",
            id="application of no tenant",
        ),
        pytest.param(
            {"ENTRA_TENANT_ID": "contoso.onmicrosoft.com", "ENTRA_CLIENT_ID": GUID},
            "ENTRA_TENANT_ID: must be a GUID",
            id="tenant by its name",
        ),
        pytest.param(
            LOCAL | {"KEY_VAULT_URL": "", "SECRETS_FILE": "secrets\0"},
            "SECRETS_FILE: must be the path of a file",
            id="file with a zero",
        ),
        pytest.param(
            {"ENTRA_ALLOWED_CLIENTS": ",".join([GUID] * 101)},
            "ENTRA_ALLOWED_CLIENTS: must have at most 100 members",
            id="long list",
        ),
        pytest.param(
            {"ENTRA_ALLOWED_CLIENTS": "a,b,c"},
            "ENTRA_ALLOWED_CLIENTS: must be a GUID",
            id="list of names",
        ),
        pytest.param(
            {"WEBHOOK_PATIENCE_SECONDS": "56"},
            "WEBHOOK_PATIENCE_SECONDS: must be less than or equal to 55",
            id="more patience than dataverse has",
        ),
        pytest.param(
            {"ENTRA_ALLOWED_CLIENTS": f"{GUID},"},
            "ENTRA_ALLOWED_CLIENTS: must be a GUID",
            id="list with a hole",
        ),
        pytest.param(
            {"WEBHOOK_SECRET": f" {'b' * 15} "},
            "WEBHOOK_SECRET: must have at least 16 characters",
            id="short secret",
        ),
        pytest.param(
            {"WEBHOOK_SECRET_PREVIOUS": "b"},
            "WEBHOOK_SECRET_PREVIOUS: must have at least 16 characters",
            id="short old secret",
        ),
        pytest.param(
            {"DATAVERSE_URL": "https://contoso.crm4.dynamics.com/api/data/v9.2"},
            "DATAVERSE_URL: must be the root of the environment, without a path",
            id="address with a path",
        ),
        *(
            pytest.param({name: address}, f"{name}: must be an address without a path", id=name)
            for name, address in (
                ("KEY_VAULT_URL", "https://contoso.vault.azure.net/secrets/spotler"),
                ("DATAVERSE_AUTHORITY", "https://login.microsoftonline.com/contoso"),
                ("ENTRA_AUTHORITY", "https://login.microsoftonline.com/common/v2.0"),
            )
        ),
        pytest.param(
            {
                "TablesConnection": "",
                "TablesConnection__endpoint": "https://a.table.core.windows.net/records",
            },
            "TablesConnection__endpoint: must be an address without a path",
            id="table for an account",
        ),
        pytest.param(
            {"DATAVERSE_TENANT_ID": "a/../b"},
            "DATAVERSE_TENANT_ID: must be the id or the domain of a tenant",
            id="tenant that is a path",
        ),
        pytest.param(
            {"TablesConnection": SECRET},
            "TablesConnection: must be a connection string of Table Storage, with its key",
            id="key for a connection string",
        ),
        pytest.param(
            {"DATAVERSE_ORGANISATION_ID": ZEROS},
            "DATAVERSE_ORGANISATION_ID: must not be zeros",
            id="zeros for an organisation",
        ),
        pytest.param(
            {"DATAVERSE_USER_ID": ZEROS},
            "DATAVERSE_USER_ID: must not be zeros",
            id="zeros for a user",
        ),
        pytest.param(
            {"WEBHOOK_SECRET": "first line\nsecond line"},
            "WEBHOOK_SECRET: must be one line of printable characters: a header carries it",
            id="secret of two lines",
        ),
        pytest.param(
            {"WEBHOOK_SECRET_PREVIOUS": "a secret with a \x00 in it"},
            "WEBHOOK_SECRET_PREVIOUS: must be one line of printable characters:"
            " a header carries it",
            id="old secret with a zero",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"usual_wait": -1}'},
            "SPOTLER_DIALECT: usual_wait must be greater than or equal to 1 second",
            id="negative wait",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"longest_wait": 0}'},
            "SPOTLER_DIALECT: longest_wait must be greater than or equal to 1 second",
            id="no wait",
        ),
        *(
            pytest.param(
                {"SPOTLER_DIALECT": text}, f"SPOTLER_DIALECT: {fault}", id=f"dialect {text}"
            )
            for text, fault in (
                (
                    '{"done_statuses": []}',
                    "done_statuses must have a member: nothing would ever be done",
                ),
                ('{"done_statuses": [500]}', "done_statuses must be less than 300"),
                ('{"done_statuses": [100]}', "done_statuses must be greater than or equal to 200"),
                (
                    '{"unauthorised_statuses": [204]}',
                    "unauthorised_statuses must be greater than or equal to 400",
                ),
                (
                    '{"refusing_words": [""]}',
                    "refusing_words must be words such as INVALID_PROPERTY",
                ),
                (
                    '{"unauthorised_types": ["no key"]}',
                    "unauthorised_types must be words such as INVALID_PROPERTY",
                ),
                (
                    '{"refusing_words": ["AUTH_NOT_FOUND"]}',
                    "a word must not be both of refusing_words and unauthorised_types",
                ),
                (
                    '{"wants_time": ["string"]}',
                    "wants_time must be among birthdate, date, date_time",
                ),
                ('{"longest_wait": 1e12}', "longest_wait must be less than or equal to 1 day"),
                ('{"longest_wait": 30}', "usual_wait must not be longer than longest_wait"),
                ('{"usual_wait": 5, "usual_wait": 7}', "must have each member once"),
            )
        ),
        *(
            pytest.param(
                {"SPOTLER_DIALECT": f'{{"feed_begins": "{text}"}}'},
                "SPOTLER_DIALECT: feed_begins must be a moment with its zone,"
                " such as 2000-01-01T00:00:00+00:00",
                id=f"feed that begins at {text}",
            )
            for text in ("gisteren", "2000-01-01", "2000-01-01T00:00:00", "")
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"day_begins": "morgen"}'},
            "SPOTLER_DIALECT: day_begins must be a time with its zone, such as T00:00:00+00:00",
            id="day without a beginning",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"milliseconds_above": -5}'},
            "SPOTLER_DIALECT: milliseconds_above must be greater than 0",
            id="negative bound",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"zone": "Mars"}'},
            "SPOTLER_DIALECT: zone must be the name of a time zone, such as Europe/Amsterdam",
            id="zone of another planet",
        ),
        pytest.param(
            {
                "TablesConnection": "",
                "TablesConnection__endpoint": "http://a.table.core.windows.net",
            },
            "TablesConnection__endpoint: must be an https address of .table.core.windows.net",
            id="plain address of the tables",
        ),
        pytest.param(
            {
                "ServiceBusConnection": "",
                "ServiceBusConnection__fullyQualifiedNamespace": "sb://a.servicebus.windows.net",
            },
            "ServiceBusConnection__fullyQualifiedNamespace: must be a bare host of"
            " .servicebus.windows.net",
            id="address for a namespace",
        ),
        pytest.param(
            {"SPOTLER_DIALECT": '{"bare_404": true}'},
            "SPOTLER_DIALECT: bare_404 is not known",
            id="unknown switch",
        ),
        pytest.param(
            {"DATAVERSE_URL": "https://contoso.example"},
            "DATAVERSE_URL: must be an https address of .dynamics.com",
            id="another host",
        ),
    ],
)
def test_fault_is_told_in_words(changes: dict[str, str], line: str) -> None:
    """
    Each line says which setting is wrong and what it must be.
    """
    assert faults(**changes) == [line]


@pytest.mark.parametrize(
    "name", [field.alias for field in Settings.model_fields.values() if field.alias]
)
def test_error_never_repeats_a_value(name: str) -> None:
    """
    A secret pasted into the wrong setting does not end up in a log, nor in a traceback.
    """
    values = LEAST | {name: SECRET, "ON_DELETE": "purge"}

    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(values)

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/a)", "key vault"),
        (" \n@microsoft.KEYVAULT(VaultName=contoso;SecretName=a)", "key vault"),
        ("@Microsoft.AppConfiguration(Endpoint=https://a.azconfig.io;Key=a)", "app configuration"),
    ],
)
@pytest.mark.parametrize("name", ENVIRONMENT)
def test_unresolved_reference_is_no_value(name: str, reference: str, place: str) -> None:
    """
    The text of a reference that Azure left in a setting, whichever it is, counts for nothing.
    """
    [fault] = faults(**{name: reference})

    assert fault.startswith(f"{name}: must be the value itself, but Azure could not resolve the")
    assert fault.endswith(f"and whether the app may read the {place}")
    assert "contoso" not in fault


def test_each_unresolved_reference_is_named() -> None:
    """
    Where Azure resolves nothing, one reading names every setting that waits for it.
    """
    reference = "@Microsoft.KeyVault(VaultName=contoso;SecretName=a)"

    told = faults(**dict.fromkeys(NAMES, reference))

    assert [fault.partition(":")[0] for fault in told] == NAMES


@pytest.mark.parametrize("text", ["an @Microsoft.KeyVault(x)", "@Microsoft.KeyVault", "@Microsoft"])
def test_other_text_is_no_reference(text: str) -> None:
    """
    Azure takes for a reference only what begins as one, and so do we.
    """
    assert is_accepted(WEBHOOK_SECRET=f"{text:-<16}")


@pytest.mark.parametrize("seed", range(40))
def test_no_text_breaks_the_reading(seed: int) -> None:
    """
    Whatever stands in the environment, it is read or refused by name, and no value is repeated.
    """
    chance = random.Random(seed)
    alphabet = "\x00\x1b \n\"'{}[]:;=,/\\@#%?&.-0123456789abcxyzé\ud800\udcff\u2028\U0001f600"
    names = [str(field.alias) for field in Settings.model_fields.values()]
    environment = {
        name: "".join(chance.choices(alphabet, k=chance.choice((1, 7, 300, 20_000))))
        for name in chance.sample(names, k=chance.randint(1, len(names)))
    }

    with pytest.raises(MisconfiguredError) as caught:
        Settings.from_env(environment)

    assert {fault.partition(":")[0] for fault in caught.value.faults} <= set(names)
    long = [text for text in environment.values() if len(text) > 100]
    assert not any(text[10:40] in str(caught.value) for text in long)
