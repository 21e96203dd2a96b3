"""A list that Spotler refuses as a whole is halved until it is known who is at fault."""

from collections.abc import Iterable

import httpx
import pytest

from connector.adapters.spotler.budget import MOST_CALLS, MOST_SECONDS
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.spotler.gateway import SpotlerGateway
from connector.adapters.spotler.list_saving import LISTS_SIDE_BY_SIDE, NOT_TRIED
from connector.domain.contact import Rejection
from connector.domain.errors import TransientError
from tests.unit.adapters.spotler.scripted import ScriptedSpotler, refusal
from tests.unit.adapters.spotler.sent import LIST, accept, contacts, ids_in

NOT_NOW = Rejection(NOT_TRIED, is_transient=True)


class Refusing:
    """Refuses a whole list as long as somebody is in it whom Spotler cannot digest."""

    def __init__(self, poison: Iterable[str], status: int = 400) -> None:
        self.poison = set(poison)
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.poison.isdisjoint(ids_in(request)):
            return accept(request)

        return refusal(self.status, "INVALID_PROPERTY", "Property email: jan@example.nl")


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(["c-0"], id="first"),
        pytest.param(["c-99"], id="last"),
        pytest.param(["c-13", "c-14", "c-77"], id="several"),
    ],
)
async def test_neighbours_are_saved(poison: list[str], status: int) -> None:
    """
    When the whole call is refused for one person, all the others are still saved, cheaply.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, Refusing(poison, status))

    rejections = await SpotlerGateway(spotler.client()).save_contacts(contacts(100))

    assert rejections == {one: Rejection("INVALID_PROPERTY") for one in poison}
    assert spotler.calls[LIST] <= 1 + 14 * len(poison)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(400, html="<h1>Bad Request</h1>"), id="page"),
        pytest.param(httpx.Response(400), id="empty"),
        pytest.param(httpx.Response(413, html="<h1>Too large</h1>"), id="too large for a proxy"),
        pytest.param(httpx.Response(403, html="<h1>Forbidden</h1>"), id="forbidden by a proxy"),
        pytest.param(refusal(400, "BACKEND_EXCEPTION"), id="outage"),
        pytest.param(refusal(400, "NEW_WORD"), id="new word"),
    ],
)
async def test_stranger_refuses_nobody(answer: httpx.Response) -> None:
    """
    What is no refusal in Spotler's own words comes back as a whole, after one call.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, answer)

    with pytest.raises(TransientError):
        await SpotlerGateway(spotler.client()).save_contacts(contacts(100))

    assert spotler.calls[LIST] == 1


class Waves(ScriptedSpotler):
    """Counts how many calls come one after the other, and how many are under way at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.waves = self.widest = self._under_way = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        wave = self.waves + 1
        self._under_way += 1
        self.widest = max(self.widest, self._under_way)
        answer = await super().answer(request)
        self._under_way -= 1
        self.waves = max(self.waves, wave)

        return answer


@pytest.mark.parametrize("poison", [["c-0"], ["c-57"], ["c-99"]])
async def test_halves_are_side_by_side(poison: list[str]) -> None:
    """
    Somebody at fault costs one wait for each time that the list is halved, and not two.
    """
    spotler = Waves()
    spotler.on(LIST, Refusing(poison))
    gateway = SpotlerGateway(spotler.client())
    await gateway.get_catalogue()
    spotler.waves = 0

    await gateway.save_contacts(contacts(100))

    assert spotler.waves <= 1 + 7


async def test_halving_leaves_room() -> None:
    """
    However many are at fault, other calls find a free connection.
    """
    spotler = Waves()
    spotler.on(LIST, refusal(400, "INVALID_PARAMS"))

    await SpotlerGateway(spotler.client()).save_contacts(contacts(100))

    assert spotler.widest == LISTS_SIDE_BY_SIDE


async def test_outage_while_halving() -> None:
    """
    When Spotler goes away while the culprit is looked for, the whole list comes back later.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, refusal(400, "INVALID_PROPERTY"), httpx.Response(503))

    with pytest.raises(TransientError):
        await SpotlerGateway(spotler.client()).save_contacts(contacts(4))

    assert spotler.calls[LIST] == 3


async def test_halving_ends_somewhere() -> None:
    """
    A list of which nobody is taken costs a few calls; whom they do not reach comes back later.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, refusal(400, "INVALID_PARAMS"))

    rejections = await SpotlerGateway(spotler.client()).save_contacts(contacts(100))

    alone = Rejection("INVALID_PARAMS", is_transient=True)
    refused = [key for key, one in rejections.items() if one == alone]
    assert spotler.calls[LIST] == MOST_CALLS
    assert "c-0" in refused
    assert len(refused) > 5
    assert [*rejections.values()].count(NOT_NOW) == 100 - len(refused)


async def test_saved_stay_saved() -> None:
    """
    Who was saved before the budget was spent is neither refused nor sent again.
    """
    spotler = ScriptedSpotler()
    spotler.on(LIST, Refusing(f"c-{number}" for number in range(50, 100)))

    rejections = await SpotlerGateway(spotler.client()).save_contacts(contacts(100))

    assert spotler.calls[LIST] == MOST_CALLS
    assert set(rejections) == {f"c-{number}" for number in range(50, 100)}


async def test_halving_ends_in_time() -> None:
    """
    A slow Spotler ends the search before the calls are spent.
    """
    spotler, now = ScriptedSpotler(), [0.0]
    gateway = SpotlerGateway(spotler.client(), clock=lambda: now[0])
    await gateway.get_catalogue()

    def refuse_slowly(_: httpx.Request) -> httpx.Response:
        now[0] += MOST_SECONDS / 4
        return refusal(400, "INVALID_PARAMS")

    spotler.on(LIST, refuse_slowly)
    rejections = await gateway.save_contacts(contacts(100))

    assert spotler.calls[LIST] == 7
    assert rejections == {one.external_id: NOT_NOW for one in contacts(100)}


async def test_opening_a_channel_is_of_the_budget() -> None:
    """
    Who needs a channel opened comes back later too when the budget is spent.
    """
    spotler, now = ScriptedSpotler(), [0.0]
    dialect = SpotlerDialect(opens_email_channel=True)
    gateway = SpotlerGateway(spotler.client(), dialect=dialect, clock=lambda: now[0])
    await gateway.get_catalogue()

    def close_slowly(request: httpx.Request) -> httpx.Response:
        now[0] += MOST_SECONDS
        said = [{"externalId": one, "code": "NO_ACTIVE_CHANNEL"} for one in ids_in(request)]
        return httpx.Response(200, json=said)

    spotler.on(LIST, close_slowly)

    assert await gateway.save_contacts(contacts(1)) == {"c-0": NOT_NOW}
    assert spotler.calls[LIST] == 1
