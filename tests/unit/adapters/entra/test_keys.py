import asyncio

import httpx
import pytest

from connector.adapters.entra.keys import FAILED_PAUSE_SECONDS, LARGEST_ANSWER, SigningKeys
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from tests.unit.adapters.entra.authority import (
    CONFIGURATION_URL,
    HOST,
    ISSUER,
    KEYS_URL,
    OTHER,
    Authority,
    published,
)

DAY = 24 * 3600.0


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def keys(authority: Authority) -> SigningKeys:
    return authority.signing_keys()


async def test_nothing_is_fetched_unasked(authority: Authority, keys: SigningKeys) -> None:
    """
    The keys are asked for with the first token, by way of the published configuration.
    """
    assert authority.asked == []

    assert await keys.find("ours") is not None

    assert authority.asked == [CONFIGURATION_URL, KEYS_URL]


async def test_keys_are_kept_a_day(authority: Authority, keys: SigningKeys) -> None:
    """
    For a day the keys serve without a call; after it they are fetched anew.
    """
    await keys.find("ours")
    authority.now += DAY - 1
    await keys.find("ours")
    assert authority.fetches == 1

    authority.now += 1
    assert await keys.find("ours") is not None
    assert authority.fetches == 2


async def test_withdrawn_key_is_forgotten(authority: Authority, keys: SigningKeys) -> None:
    """
    A key that Entra no longer shows after a day signs nothing any more.
    """
    await keys.find("ours")
    authority.keys = [published(kid="newer")]
    authority.now += DAY

    assert await keys.find("ours") is None


async def test_new_key_is_found(authority: Authority, keys: SigningKeys) -> None:
    """
    Entra may begin to sign with a new key at any time: five minutes later at most we know it.
    """
    await keys.find("ours")
    authority.keys.append(published(kid="new"))
    authority.now += 299
    assert await keys.find("new") is None

    authority.now += 1
    assert await keys.find("new") is not None
    assert await keys.find("ours") is not None


async def test_storm_of_unknown_keys(authority: Authority, keys: SigningKeys) -> None:
    """
    However many made-up key ids come, Entra is asked at most once in five minutes.
    """
    await keys.find("ours")

    for second in range(0, 600, 3):
        authority.now = 1000.0 + second
        assert await keys.find(f"made-up-{second}") is None

    assert authority.fetches == 2


async def test_one_fetch_at_a_time(authority: Authority, keys: SigningKeys) -> None:
    """
    Who comes while the keys are being fetched waits for them, and fetches none.
    """
    found = await asyncio.gather(*(keys.find("ours") for _ in range(50)))

    assert all(found)
    assert authority.fetches == 1


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(httpx.ConnectError("10.0.0.1"), id="away"),
        pytest.param(httpx.ReadTimeout("slow"), id="slow"),
        pytest.param(httpx.Response(500), id="broken"),
        pytest.param(httpx.Response(302, headers={"location": "https://e.test"}), id="elsewhere"),
        pytest.param(httpx.Response(200, text="<html>"), id="no json"),
        pytest.param(httpx.Response(200, json=[]), id="other json"),
        pytest.param(httpx.Response(200, content=b" " * (LARGEST_ANSWER + 1)), id="endless"),
    ],
)
@pytest.mark.parametrize("good", [0, 1], ids=["configuration", "keys"])
async def test_failing_entra_is_asked_later(
    authority: Authority, keys: SigningKeys, odd: httpx.Response | Exception, good: int
) -> None:
    """
    When Entra fails nobody is refused for it: call again, and not all at once.
    """
    configuration = httpx.Response(200, json=authority.configuration)
    authority.odd = [*[configuration] * good, odd]

    for _ in range(10):
        with pytest.raises(TransientError, match=r"^Entra"):
            await keys.find("ours")

    assert authority.fetches == 1
    authority.now += FAILED_PAUSE_SECONDS
    assert await keys.find("ours") is not None


async def test_failed_look_for_new_key(authority: Authority, keys: SigningKeys) -> None:
    """
    While a new key cannot be looked for its owner is no stranger, and known keys go on.
    """
    await keys.find("ours")
    authority.now += 300
    authority.odd = [httpx.Response(503)]

    for _ in range(3):
        with pytest.raises(TransientError):
            await keys.find("new")

    assert await keys.find("ours") is not None
    assert authority.fetches == 2


async def test_old_keys_serve_on(
    authority: Authority, keys: SigningKeys, caplog: pytest.LogCaptureFixture
) -> None:
    """
    While Entra is away nobody whose key we know is turned away, and Entra is asked now and then.
    """
    await keys.find("ours")
    authority.odd = [httpx.Response(503)] * 1000

    for minutes in range(0, 12 * 60, 4):
        authority.now = 1000.0 + DAY + minutes * 60
        assert await keys.find("ours") is not None

    assert authority.fetches == 1 + 12 * 60 // 8
    assert "keys that are a day old serve on: Entra must be able to answer" in caplog.text


async def test_old_keys_end(authority: Authority, keys: SigningKeys) -> None:
    """
    A key that Entra may have withdrawn half a day ago is good for nothing any more.
    """
    await keys.find("ours")
    authority.odd = [httpx.Response(503)] * 10
    authority.now += DAY + 12 * 3600

    with pytest.raises(TransientError):
        await keys.find("ours")


async def test_unknown_key_stays_refused(authority: Authority, keys: SigningKeys) -> None:
    """
    While Entra is away a key that nobody has shown us lets nobody in, however old the others are.
    """
    await keys.find("ours")
    authority.odd = [httpx.Response(503)] * 10
    authority.now += DAY

    with pytest.raises(TransientError):
        await keys.find("new")
    assert await keys.find("ours") is not None


async def test_old_keys_do_not_outlive_the_tenant(authority: Authority, keys: SigningKeys) -> None:
    """
    That Entra does not know the tenant any more is an answer, and old keys end with it.
    """
    await keys.find("ours")
    authority.odd = [httpx.Response(404)] * 2
    authority.now += DAY

    for _ in range(2):
        with pytest.raises(ConfigurationError):
            await keys.find("ours")
        authority.now += FAILED_PAUSE_SECONDS


@pytest.mark.parametrize("status", [400, 404])
async def test_unknown_tenant_needs_an_operator(
    authority: Authority, keys: SigningKeys, status: int
) -> None:
    """
    Where Entra does not know the tenant it is the setting that is wrong.
    """
    authority.odd = [httpx.Response(status)]

    with pytest.raises(ConfigurationError, match="must know the tenant"):
        await keys.find("ours")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"issuer": f"{HOST}/{OTHER}/v2.0"}, id="another issuer"),
        pytest.param({"issuer": f"{ISSUER}/"}, id="nearly ours"),
        pytest.param({"jwks_uri": "https://login.example/keys"}, id="another host"),
        pytest.param({"jwks_uri": KEYS_URL.replace("https", "http")}, id="in the open"),
        pytest.param({"jwks_uri": f"{HOST}:8443/keys"}, id="another port"),
        pytest.param({"jwks_uri": f"{HOST}@login.example/keys"}, id="another host, hidden"),
    ],
)
async def test_configuration_leads_nowhere_else(
    authority: Authority, keys: SigningKeys, change: dict[str, str]
) -> None:
    """
    Keys are taken from the issuer's own host, in its own name, and from nowhere else.
    """
    authority.configuration |= change

    with pytest.raises(ConfigurationError):
        await keys.find("ours")

    assert authority.asked == [CONFIGURATION_URL]


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param({"kid": "odd", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, id="curve"),
        pytest.param({"kid": "odd", "kty": "oct", "k": "c2VjcmV0"}, id="secret"),
        pytest.param(published(kid="odd", use="enc"), id="for secrecy"),
        pytest.param({"kid": "odd", "kty": "RSA", "use": "sig"}, id="empty"),
        pytest.param(published(kid="odd", n="!"), id="no number"),
    ],
)
async def test_odd_keys_are_left(
    authority: Authority, keys: SigningKeys, jwk: dict[str, str]
) -> None:
    """
    What is not an RSA key for signing is not used, and keeps no good one from being used.
    """
    authority.keys.insert(0, jwk)

    assert await keys.find("odd") is None
    assert await keys.find("ours") is not None


async def test_malformed_address_of_keys(authority: Authority, keys: SigningKeys) -> None:
    """
    An address that is none is an error of ours to name, not a crash.
    """
    authority.configuration["jwks_uri"] = f"{HOST}/\x00keys"

    with pytest.raises(ConnectorError):
        await keys.find("ours")
