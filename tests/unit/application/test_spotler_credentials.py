"""Every host follows what was saved on another, without asking all the time."""

import asyncio
from dataclasses import replace

import pytest

from connector.application.spotler_credentials import (
    AccountCredentials,
    GivenCredentials,
    StoredCredentials,
)
from connector.domain.connection import Credentials, NotConnectedError, OtherAccountError, Secret
from connector.domain.errors import TransientError
from tests.connections import KEY, SECRET, FakeConnections, FakeLicensing, FakeOffice
from tests.fakes import FakeCrm, FakeMarketing

OLD = Credentials(KEY, SECRET)
NEW = Credentials(KEY, Secret("another-secret"))


class Host:
    """Is one host, its clock, and an office where somebody may save."""

    def __init__(self) -> None:
        self.now = 0.0
        self.office = FakeOffice(FakeCrm(), FakeMarketing(), FakeLicensing(), lambda: self.now)
        self.credentials: StoredCredentials = self.office.credentials

    @property
    def store(self) -> FakeConnections:
        return self.office.store

    async def save_elsewhere(self, secret: Secret = NEW.secret) -> None:
        """Save as another host does."""
        version = await self.office.secrets.save(secret)
        assert self.store.row is not None
        self.store.put(replace(self.store.row, secret_version=version))


@pytest.fixture
def host() -> Host:
    return Host()


async def test_read_once_in_a_while(host: Host) -> None:
    """
    However many ask, the row is read once in half a minute, and the secret once.
    """
    host.office.connect()

    assert await asyncio.gather(*(host.credentials.get() for _ in range(5))) == [OLD] * 5
    host.now = 29.0
    await host.credentials.get()
    assert (host.store.reads, host.office.secrets.reads) == (1, 1)

    host.now = 30.0
    await host.credentials.get()
    assert (host.store.reads, host.office.secrets.reads) == (2, 1)


async def test_change_is_followed_in_time(host: Host) -> None:
    """
    A change on another host is known after half a minute at the latest.
    """
    host.office.connect()
    await host.credentials.get()
    await host.save_elsewhere()

    assert await host.credentials.get() == OLD
    host.now = 30.0
    assert await host.credentials.get() == NEW


async def test_refusal_leads_to_a_look(host: Host) -> None:
    """
    Who is refused looks whether others were saved, and all who were refused share them.
    """
    host.office.connect()
    await host.credentials.get()
    assert await host.credentials.renewed(OLD) is None

    await host.save_elsewhere()
    reads = host.store.reads

    renewed = await asyncio.gather(*(host.credentials.renewed(OLD) for _ in range(5)))
    assert renewed == [NEW] * 5
    assert host.store.reads == reads + 1


async def test_nobody_connected(host: Host) -> None:
    """
    Without a connection the error says where to make one, and one that is made is seen at once.
    """
    for _ in range(2):
        with pytest.raises(NotConnectedError, match="connected on the config page"):
            await host.credentials.get()

    host.office.connect()

    assert await host.credentials.get() == OLD


async def test_connection_taken_away(host: Host) -> None:
    """
    When an operator deletes the row, who is refused next learns that nobody is connected.
    """
    host.office.connect()
    await host.credentials.get()
    host.store.row = None

    with pytest.raises(NotConnectedError):
        await host.credentials.renewed(OLD)
    with pytest.raises(NotConnectedError):
        await host.credentials.get()


async def test_vault_down_stops_nobody(host: Host) -> None:
    """
    As long as the row names the same secret, the secret store is not needed.
    """
    host.office.connect()
    await host.credentials.get()
    host.office.secrets.errors.append(TransientError("the key vault must be up"))

    host.now = 30.0

    assert await host.credentials.get() == OLD


async def test_forgotten_is_read_anew(host: Host) -> None:
    """
    Who has just saved does not go on with what was before.
    """
    host.office.connect()
    await host.credentials.get()
    await host.save_elsewhere()

    host.credentials.forget()

    assert await host.credentials.get() == NEW


async def test_now_is_read_anew(host: Host) -> None:
    """
    Who must not go on with what was known a moment ago has it read, also while others read.
    """
    host.office.connect()
    await host.credentials.get()
    await host.save_elsewhere()

    older, newer = await asyncio.gather(host.credentials.get(), host.credentials.get(now=True))

    assert (older, newer) == (OLD, NEW)
    assert await host.credentials.get() == NEW


async def test_now_waits_for_no_older_read(host: Host) -> None:
    """
    A read that had begun before is not the one of now.
    """
    host.office.connect()
    reading = asyncio.create_task(host.credentials.get())
    await asyncio.sleep(0)

    await host.credentials.get(now=True)

    assert await reading == OLD
    assert host.store.reads == 2


async def test_credentials_of_one_account(host: Host) -> None:
    """
    Credentials of one account follow its secret, and are none once another is connected.
    """
    host.office.connect()
    own = AccountCredentials(host.credentials, OLD.account)
    assert await own.get() == OLD
    assert await own.renewed(OLD) is None

    await host.save_elsewhere()
    assert await own.renewed(OLD) == await own.get(now=True) == NEW

    assert host.store.row is not None
    host.store.put(replace(host.store.row, key="another-key-of-ours"))
    with pytest.raises(OtherAccountError, match="account changed"):
        await own.renewed(NEW)
    with pytest.raises(OtherAccountError):
        await own.get()


async def test_given_credentials_are_all(host: Host) -> None:
    """
    Who tries credentials tries these and no others.
    """
    given = GivenCredentials(NEW)

    assert await given.get() == NEW
    assert await given.renewed(NEW) is None
