"""Connecting: what is written is written together, and what is not given stays."""

from dataclasses import replace

import pytest

from connector.application.connect import Wanted
from connector.domain.connection import (
    ConnectionChangedError,
    Credentials,
    CredentialsRefusedError,
    Secret,
    SecretVersion,
    StoredConnection,
)
from connector.domain.connection_check import CheckName
from connector.domain.errors import TransientError
from connector.domain.licence_change import LicenceWorseError
from connector.domain.licence_status import LicenceState
from tests.builders import NOW
from tests.connections import ADMIN, KEY, SECRET
from tests.licences import DAY, a_licence
from tests.unit.application.connecting_world import CODE, EVERYTHING, World, by_name

OTHERS = Secret("another-secret")


@pytest.fixture
def world() -> World:
    return World()


async def test_first_save_connects(world: World) -> None:
    """
    The first save keeps the key in the row and the secret elsewhere, and enters the licence.
    """
    saved = await world.save()

    assert world.office.store.row == replace(saved, etag="etag-1")
    assert (saved.key, saved.key_ends, saved.saved_at, saved.saved_by) == (KEY, "ab12", NOW, ADMIN)
    assert world.office.secrets.secrets == {saved.secret_version: SECRET}
    assert world.office.probe.asked == [Credentials(KEY, SECRET)]
    assert (await world.licensing.keeping.status()).state is LicenceState.ACTIVE
    assert await world.office.credentials.get() == Credentials(KEY, SECRET)
    assert (await world.office.checker.look()).checked.is_good
    assert world.office.probe.asked == [Credentials(KEY, SECRET)]


async def test_empty_means_keep(world: World) -> None:
    """
    What is not given stays: a new licence alone, a new secret alone, a new key alone.
    """
    first = world.office.connect()
    world.licensing.put(a_licence())

    await world.save(Wanted(licence=CODE))
    assert world.office.probe.asked.pop() == Credentials(KEY, SECRET)
    await world.save(Wanted(secret=OTHERS))
    assert world.office.probe.asked.pop() == Credentials(KEY, OTHERS)
    last = await world.save(Wanted(key="other-key-cd34"))

    assert world.office.probe.asked.pop() == Credentials("other-key-cd34", OTHERS)
    assert last.secret_version != first.secret_version
    assert len(world.office.secrets.secrets) == 2


async def test_new_secret_disables_older(world: World) -> None:
    """
    Once the row names a new secret the older ones are useless; a save without one touches none.
    """
    world.office.connect()
    world.licensing.put(a_licence())
    first = await world.save(Wanted(secret=OTHERS))
    secrets = world.office.secrets
    assert secrets.disabled == secrets.secrets.keys() - {first.secret_version}

    second = await world.save(Wanted(key="other-key-cd34"))

    assert second.secret_version == first.secret_version
    assert second.secret_version not in secrets.disabled


async def test_older_secret_that_stays_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A secret that cannot be disabled stops nobody from connecting; the log says it.
    """

    async def fail(version: SecretVersion) -> None:
        raise TransientError("the key vault must be reachable")

    monkeypatch.setattr(world.office.secrets, "disable_older", fail)

    saved = await world.save()

    assert world.office.store.row == replace(saved, etag="etag-1")
    assert "older secrets were not disabled: the key vault must be reachable" in caplog.text


async def test_lost_race_disables_nothing(world: World) -> None:
    """
    Who lost the race for the row leaves the winner's secret as it is.
    """
    saved = await world.save()
    world.office.store.rivals = [saved]

    with pytest.raises(ConnectionChangedError):
        await world.save(Wanted(secret=OTHERS))

    assert world.office.secrets.disabled == set()


async def test_test_writes_nothing(world: World) -> None:
    """
    A test finds what a save would find, and leaves everything as it is.
    """
    found = await world.connecting.test(EVERYTHING)

    assert found.is_good
    assert await world.connecting.find() is None
    assert (world.office.secrets.secrets, world.licensing.licences.row) == ({}, None)


async def test_other_values_tell_nothing_of_the_saved(world: World) -> None:
    """
    What is shown of the saved connection follows neither a test nor a failed save of other values.
    """
    await world.save()
    saved = await world.office.checker.look()
    world.office.probe.error = CredentialsRefusedError("401")

    await world.connecting.test(Wanted(secret=OTHERS))
    await world.refuse(Wanted(secret=OTHERS))

    assert await world.office.checker.look() is saved


async def test_test_of_the_saved_is_shown(world: World) -> None:
    """
    A test of what is saved is what is shown of it from then on.
    """
    await world.save()
    world.office.probe.error = CredentialsRefusedError("401")

    found = await world.connecting.test(Wanted())

    assert (await world.office.checker.look()).checked == found
    assert not found.is_good


async def test_nothing_saved_is_not_connected(world: World) -> None:
    """
    Before anything is saved a test tells nothing of the connection that is shown.
    """
    await world.connecting.test(EVERYTHING)

    shown = by_name((await world.office.checker.look()).checked)
    assert shown[CheckName.SPOTLER].code == "not_connected"


async def test_slower_administrator_loses(world: World) -> None:
    """
    Of two who save at once the slower is told, and changes nothing that is in use.
    """
    rival = replace(world.office.connect(), key="rival-key-cd34")
    world.office.store.rivals.append(rival)

    with pytest.raises(ConnectionChangedError, match="several people"):
        await world.save()

    assert world.office.store.row is not None
    assert world.office.store.row.key == "rival-key-cd34"
    assert world.licensing.licences.row is None


async def test_crash_between_the_writes(world: World) -> None:
    """
    A crash after the secret and before the row leaves the old key with its old secret.
    """
    world.office.connect()
    world.office.secrets.errors.clear()
    await world.office.secrets.save(OTHERS)

    assert await world.office.credentials.get() == Credentials(KEY, SECRET)


async def test_fields_are_read_again(world: World) -> None:
    """
    Saving reads Spotler's fields anew; when that fails then, what is saved stays saved.
    """
    world.marketing.errors.append(TransientError("spotler must be up"))

    await world.save()

    assert world.marketing.errors == []
    assert world.office.store.row is not None


def test_nothing_shows_a_secret() -> None:
    """
    Neither what is wanted nor what is kept shows a key, a secret or a licence by accident.
    """
    kept = StoredConnection(KEY, "version-1", NOW, ADMIN)  # type: ignore[arg-type] # plainer

    shown = f"{EVERYTHING!r} {EVERYTHING} {Credentials(KEY, SECRET)!r} {SECRET} {kept!r}"

    assert not [one for one in (KEY, SECRET.text, CODE) if one in shown]


def test_short_key_shows_no_end() -> None:
    """
    Of a key that is short the end would tell too much.
    """
    assert StoredConnection("12345678", "version-1", NOW, ADMIN).key_ends is None  # type: ignore[arg-type] # plainer


async def test_worse_licence_saves_nothing(world: World) -> None:
    """
    A licence that is worse than the stored one is refused before key or secret are written.
    """
    await world.save()
    before = world.office.store.row, dict(world.office.secrets.secrets)
    world.licensing.offer("worse", a_licence(left=DAY))

    with pytest.raises(LicenceWorseError, match="replace_licence"):
        await world.save(Wanted("another-key-1234", SECRET, "worse"))

    assert (world.office.store.row, world.office.secrets.secrets) == before
    await world.save(Wanted(licence="worse", replace_licence=True))
    assert (await world.licensing.keeping.status()).days_left == 1
