"""Before anything is saved everything is looked at, and what is wrong is named."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from connector.application.connect import Wanted
from connector.domain.connection import CredentialsRefusedError, OtherOrganisationError
from connector.domain.connection_check import CheckName, CheckOutcome, ChecksFailedError
from connector.domain.contact import Table
from connector.domain.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimitedError,
    TransientError,
)
from connector.domain.gone_columns import ColumnsMissingError, GoneColumn
from connector.domain.licence import Licence
from connector.domain.mapping import Target
from connector.domain.property import Catalogue, PropertyKind
from tests.builders import a_catalogue
from tests.connections import ADMIN, KEY, SECRET
from tests.licences import DAY, a_licence
from tests.unit.application.connecting_world import CODE, EVERYTHING, World, by_name


@pytest.fixture
def world() -> World:
    return World()


def hide_permissions(world: World) -> None:
    world.office.probe.catalogue = without("permissions")


def register_nothing(world: World) -> None:
    world.office.webhooks.webhooks = []


def close_queues(world: World) -> None:
    world.office.queues.errors.append(TransientError("service bus must answer in time"))


def without(label: str) -> Catalogue:
    return tuple(one for one in a_catalogue() if one.label != label)


async def test_first_save_needs_all_three(world: World) -> None:
    """
    Who saves nothing at first is told of each thing that must be given, next to its field.
    """
    with pytest.raises(ChecksFailedError) as caught:
        await world.save(Wanted())

    failed = [(one.field, one.code) for one in caught.value.checked.checks if one.code]
    assert failed == [
        ("key", "key_missing"),
        ("secret", "secret_missing"),
        ("licence", "licence_missing"),
    ]
    assert world.office.probe.asked == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [(Wanted(KEY, None, CODE), "secret_missing"), (Wanted(None, SECRET, CODE), "key_missing")],
)
async def test_half_of_a_pair_is_not_enough(world: World, wanted: Wanted, code: str) -> None:
    """
    At first neither the key nor the secret can be left out.
    """
    assert (await world.refuse(wanted))[CheckName.SPOTLER].code == code


@pytest.mark.parametrize(
    ("error", "field", "code"),
    [
        pytest.param(CredentialsRefusedError("401"), "secret", "credentials_refused", id="secret"),
        pytest.param(
            CredentialsRefusedError("401", is_key_unknown=True),
            "key",
            "credentials_refused",
            id="key",
        ),
        pytest.param(
            RateLimitedError("429", retry_after=timedelta(1)), None, "rate_limited", id="429"
        ),
        pytest.param(TransientError("503"), None, "unreachable", id="down"),
        pytest.param(ConfigurationError("the address"), None, "refused", id="address"),
    ],
)
async def test_spotler_refuses(
    world: World, error: ConnectorError, field: str | None, code: str
) -> None:
    """
    What Spotler does not take is not saved; the failure has its code and its field.
    """
    world.office.probe.error = error

    checks = await world.refuse(EVERYTHING)

    spotler = checks[CheckName.SPOTLER]
    assert (spotler.outcome, spotler.field, spotler.code) == (CheckOutcome.FAILED, field, code)
    assert spotler.detail
    assert checks[CheckName.FIELDS].outcome is CheckOutcome.SKIPPED
    assert (world.office.store.row, world.office.secrets.secrets) == (None, {})
    assert world.licensing.licences.row is None


async def test_missing_fields_are_named(world: World) -> None:
    """
    Each field that the account lacks is named by its label and kind.
    """
    world.office.probe.catalogue = tuple(one for one in without("Owner") if one.label != "Type")

    fields = (await world.refuse(EVERYTHING))[CheckName.FIELDS]

    assert fields.code == "fields_missing"
    assert [(one.label, one.kind) for one in fields.missing] == [
        ("Type", PropertyKind.FREE),
        ("Owner", PropertyKind.PROFILE),
    ]


async def test_gone_columns_are_named_and_do_not_stand_in_the_way(world: World) -> None:
    """
    A mapped column that is gone fails the check by name; it can be mapped anew once connected.
    """
    gone = [GoneColumn(Target.named("city"), Table.CONTACT, "new_city")]
    world.crm.errors = [ColumnsMissingError(gone)] * 2

    checked = await world.office.connecting.test(EVERYTHING)
    await world.office.connecting.save(EVERYTHING, saved_by=ADMIN)

    [check] = [one for one in checked.checks if one.name is CheckName.DATAVERSE]
    assert (check.outcome, check.code) == (CheckOutcome.FAILED, "columns_missing")
    assert "contact.new_city" in (check.detail or "")


async def test_dataverse_down(world: World) -> None:
    """
    Without Dataverse nothing is saved.
    """
    world.crm.errors.append(TransientError("dataverse must be up"))

    checks = await world.refuse(EVERYTHING)

    assert checks[CheckName.DATAVERSE].code == "unreachable"
    assert checks[CheckName.SPOTLER].outcome is CheckOutcome.OK
    assert world.office.store.row is None


async def test_silent_system_is_unreachable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nobody waits before the page for a system that does not answer.
    """

    async def silence() -> None:
        await asyncio.Event().wait()

    world.office.lose_patience()
    monkeypatch.setattr(world.crm, "check", silence)

    checks = by_name(await world.connecting.test(EVERYTHING))

    assert checks[CheckName.DATAVERSE].code == "unreachable"
    assert "dataverse must answer in time" in (checks[CheckName.DATAVERSE].detail or "")


@pytest.mark.parametrize(
    ("licence", "code"),
    [
        pytest.param(None, "forged", id="forged"),
        pytest.param(a_licence(left=-20 * DAY, begun=40 * DAY), "expired", id="expired"),
        pytest.param(a_licence(begun=-3 * DAY), "not_yet", id="not yet"),
    ],
)
async def test_bad_licence_is_refused(world: World, licence: Licence | None, code: str) -> None:
    """
    A licence that allows nothing is refused with its fault, and nothing is saved.
    """
    world.licensing.verifier.licences.pop(CODE)
    if licence is not None:
        world.licensing.offer(CODE, licence)

    check = (await world.refuse(EVERYTHING))[CheckName.LICENCE]

    assert (check.field, check.code) == ("licence", code)
    assert world.office.store.row is None


async def test_saved_licence_must_still_hold(world: World) -> None:
    """
    Who keeps the licence is told when it has ended.
    """
    world.licensing.put(a_licence(left=-20 * DAY, begun=40 * DAY))

    check = (await world.refuse(Wanted(KEY, SECRET)))[CheckName.LICENCE]

    assert (check.field, check.code) == ("licence", "expired")


async def test_unknown_licence_is_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When the licence cannot be read now, the check says so.
    """

    async def fail() -> None:
        raise TransientError("table storage must be reachable")

    monkeypatch.setattr(world.licensing.licences, "find", fail)

    assert (await world.refuse(Wanted(KEY, SECRET)))[CheckName.LICENCE].code == "unreachable"


@pytest.mark.parametrize(
    ("error", "name", "field", "code"),
    [
        (None, CheckName.SPOTLER, "secret", "secret_unreadable"),
        (TransientError("the key vault must be up"), CheckName.TABLES, None, "unreachable"),
    ],
    ids=["lost", "vault down"],
)
async def test_kept_secret_cannot_be_had(
    world: World, error: ConnectorError | None, name: CheckName, field: str | None, code: str
) -> None:
    """
    Who keeps a secret that is lost has to enter it again; a vault that is away is waited for.
    """
    world.office.connect()
    world.licensing.put(a_licence())
    if error is None:
        world.office.secrets.secrets.clear()
    else:
        world.office.secrets.errors.append(error)

    check = (await world.refuse(Wanted()))[name]

    assert (check.field, check.code) == (field, code)


@pytest.mark.parametrize(
    ("break_it", "name", "code"),
    [
        pytest.param(hide_permissions, CheckName.PERMISSIONS, "permissions_hidden", id="hidden"),
        pytest.param(register_nothing, CheckName.STEPS, "not_registered", id="no webhook"),
        pytest.param(close_queues, CheckName.QUEUES, "queue_unavailable", id="no queue"),
    ],
)
async def test_what_is_mended_later_lets_save(
    world: World, break_it: Callable[[World], None], name: CheckName, code: str
) -> None:
    """
    What can be put right once connected fails its check, and does not stand in the way.
    """
    break_it(world)
    check = by_name(await world.connecting.test(EVERYTHING))[name]
    break_it(world)
    await world.save()

    assert (check.outcome, check.code) == (CheckOutcome.FAILED, code)
    assert world.office.store.row is not None


async def test_other_organisation_is_refused(world: World) -> None:
    """
    An environment of another organisation is not connected; the settings at fault are named.
    """
    world.crm.errors.append(OtherOrganisationError())

    check = (await world.refuse(EVERYTHING))[CheckName.DATAVERSE]

    assert check.code == "other_organisation"
    assert "DATAVERSE_ORGANISATION_ID" in (check.detail or "")


async def test_silent_vault_and_queues(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    No system is waited for longer than our patience.
    """

    async def silence(*_: object) -> None:
        await asyncio.Event().wait()

    world.office.connect()
    world.office.lose_patience()
    monkeypatch.setattr(world.office.secrets, "get", silence)
    monkeypatch.setattr(world.office.queues, "check", silence)
    monkeypatch.setattr(world.office.status, "read", silence)
    monkeypatch.setattr(world.licensing.licences, "find", silence)

    checks = by_name(await world.connecting.test(Wanted()))

    codes = {name: check.code for name, check in checks.items() if check.code}
    assert codes == {
        CheckName.LICENCE: "unreachable",
        CheckName.TABLES: "unreachable",
        CheckName.QUEUES: "queue_unavailable",
    }
    assert checks[CheckName.SPOTLER].outcome is CheckOutcome.SKIPPED
