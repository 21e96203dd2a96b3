"""Dataverse is called only while it is proven to be the organisation of the settings."""

import asyncio

import httpx
import pytest

from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.who_am_i import ProvenClient
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import Table
from connector.domain.errors import ConfigurationError, ConnectorError, TransientError
from tests.builders import ORGANISATION, an_id
from tests.unit.adapters.dataverse.scripted import (
    BASE,
    Answer,
    NumberedTokens,
    ScriptedDataverse,
    a_page,
    a_refusal,
)

OTHER = "00000000-1111-2222-3333-444444444444"
OURS_SAID = httpx.Response(200, json={"OrganizationId": ORGANISATION})
OTHER_SAID = httpx.Response(200, json={"OrganizationId": OTHER})
NO_ROWS = a_page()
GONE = a_refusal(404, "0x80040217", "contact With Id = x Does Not Exist")


class Environment:
    """Is an environment that says in turn who it is, and what else it is asked for."""

    def __init__(self, *identities: Answer, rows: Answer = NO_ROWS) -> None:
        self.now = 0.0
        self.identities = ScriptedDataverse(*identities)
        self.rows = ScriptedDataverse(rows)
        self.free = asyncio.Event()
        self.free.set()
        self.client = ProvenClient(
            BASE,
            NumberedTokens(),
            ORGANISATION,
            transport=httpx.MockTransport(self._answer),
            clock=lambda: self.now,
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("WhoAmI"):
            await self.free.wait()
            return self.identities.answer(request)

        return self.rows.answer(request)

    async def ask(self) -> None:
        await self.client.get_page("contacts")

    @property
    def calls(self) -> tuple[int, int]:
        """Return how often it was asked who it is, and anything else."""
        return len(self.identities.requests), len(self.rows.requests)


@pytest.mark.parametrize("said", [ORGANISATION, ORGANISATION.upper()])
async def test_our_organisation_is_well(said: str) -> None:
    """
    The organisation of the settings is known in whichever spelling.
    """
    await Environment(httpx.Response(200, json={"OrganizationId": said})).client.check()


async def test_other_organisation_is_refused() -> None:
    """
    Another organisation, be it a copy of ours, is refused; the setting at fault is named.
    """
    environment = Environment(OTHER_SAID)

    with pytest.raises(OtherOrganisationError, match="DATAVERSE_ORGANISATION_ID") as caught:
        await environment.client.check()

    assert OTHER not in str(caught.value)


@pytest.mark.parametrize("answer", [{}, {"OrganizationId": 7}, {"OrganizationId": "ours"}])
async def test_silence_about_the_organisation(answer: dict[str, object]) -> None:
    """
    Who does not say which organisation it is comes from something in between.
    """
    environment = Environment(httpx.Response(200, json=answer))

    with pytest.raises(TransientError, match="which organisation"):
        await environment.client.check()


async def test_stranger_is_refused() -> None:
    """
    A Dataverse that does not know us is told as ever.
    """
    environment = Environment(a_refusal(403, "0x80072560", "not a member"))

    with pytest.raises(ConfigurationError, match="access"):
        await environment.client.check()


async def test_proof_holds_for_a_minute() -> None:
    """
    The environment is asked who it is before the first call, and again after a minute.
    """
    environment = Environment(OURS_SAID)

    await asyncio.gather(*(environment.ask() for _ in range(5)))
    environment.now = 59.9
    await environment.ask()
    assert environment.calls == (1, 6)

    environment.now = 60.0
    await environment.ask()
    assert environment.calls == (2, 7)


async def test_look_is_a_proof() -> None:
    """
    Who has just looked at the environment need not be proven that once more.
    """
    environment = Environment(OURS_SAID)

    await environment.client.check()
    await environment.ask()

    assert environment.calls == (1, 1)


async def test_look_asks_each_time() -> None:
    """
    Whoever looks is told of now, however fresh the proof is; what is found counts at once.
    """
    environment = Environment(OURS_SAID, OTHER_SAID)
    await environment.ask()

    with pytest.raises(OtherOrganisationError):
        await environment.client.check()
    with pytest.raises(OtherOrganisationError):
        await environment.ask()

    assert environment.calls == (3, 1)


@pytest.mark.parametrize("verb", ["post", "patch", "patch_new", "put_row"])
async def test_other_organisation_is_not_written(verb: str) -> None:
    """
    Nothing is written into the environment of another organisation.
    """
    environment = Environment(OTHER_SAID)

    with pytest.raises(OtherOrganisationError):
        await getattr(environment.client, verb)("contacts(x)", {})

    assert environment.calls == (1, 0)


async def test_nobody_is_deleted_elsewhere() -> None:
    """
    A row that another organisation does not have is not deleted.
    """
    environment = Environment(OTHER_SAID, rows=GONE)

    with pytest.raises(OtherOrganisationError):
        await DataverseGateway(environment.client).find_deleted(Table.CONTACT, [an_id(1)])


async def test_deletion_is_proven_anew() -> None:
    """
    That a row is deleted is believed of an environment that is ours now, not a minute ago.
    """
    environment = Environment(OURS_SAID, OURS_SAID, OTHER_SAID, rows=GONE)
    gateway = DataverseGateway(environment.client)

    assert await gateway.find_deleted(Table.CONTACT, [an_id(1)]) == [an_id(1)]
    with pytest.raises(OtherOrganisationError):
        await gateway.find_deleted(Table.CONTACT, [an_id(1)])


@pytest.mark.parametrize(
    ("answer", "looks"),
    [
        pytest.param(a_refusal(503, "0x0", "away"), 2, id="away"),
        pytest.param(httpx.ConnectError("away"), 2, id="not there"),
        pytest.param(a_refusal(429, "0x0", "busy", **{"Retry-After": "1"}), 1, id="busy"),
        pytest.param(a_refusal(403, "0x80040220", "no privilege"), 1, id="refused"),
    ],
)
async def test_outage_ends_the_proof(answer: Answer, looks: int) -> None:
    """
    After the environment was away it may be another: it is asked who it is again.
    """
    environment = Environment(OURS_SAID, rows=answer)
    for _ in range(2):
        with pytest.raises(ConnectorError):
            await environment.ask()

    assert environment.calls == (looks, 2)


async def test_who_waits_shares_the_failure() -> None:
    """
    Of many callers one asks who the environment is, and all learn what it was told.
    """
    environment = Environment(httpx.ConnectError("away"))
    environment.free.clear()
    asking = [asyncio.create_task(environment.ask()) for _ in range(5)]
    await asyncio.sleep(0)

    environment.free.set()
    failures = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(one) for one in failures] == [TransientError] * 5
    assert environment.calls == (1, 0)


async def test_failure_is_not_remembered() -> None:
    """
    Once the environment can tell who it is, the next call goes through.
    """
    environment = Environment(a_refusal(503, "0x0", "busy"), OTHER_SAID, OURS_SAID)
    for error in (TransientError, OtherOrganisationError):
        with pytest.raises(error):
            await environment.ask()

    await environment.ask()

    assert environment.calls == (3, 1)


async def test_old_proof_outlives_a_failed_look() -> None:
    """
    An environment that does not answer a look is not another one because of that.
    """
    environment = Environment(OURS_SAID, a_refusal(503, "0x0", "busy"))
    await environment.ask()

    with pytest.raises(TransientError):
        await environment.client.check()
    await environment.ask()

    assert environment.calls == (2, 2)


async def test_cancelled_prover_proves_nothing() -> None:
    """
    Who waits for a prover that gives up asks instead.
    """
    environment = Environment(OURS_SAID)
    environment.free.clear()
    first, second = (asyncio.create_task(environment.ask()) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    environment.free.set()
    await second

    assert first.cancelled()
    assert environment.calls == (1, 1)
