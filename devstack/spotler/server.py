"""The simulator as one server: the API on both bases, the listing, the controls."""

import contextlib
import time
from collections.abc import Mapping

from aiohttp import web

from devstack.faults import CONTROL as FAULTS
from devstack.faults import Faults
from devstack.serving import listen
from devstack.spotler.account import Account
from devstack.spotler.accounts import Accounts, Tenant
from devstack.spotler.answers import fault_answer
from devstack.spotler.automations import AutomationCalls
from devstack.spotler.calls import Calls
from devstack.spotler.campaigns import CampaignCalls
from devstack.spotler.contact_feeds import ContactFeeds
from devstack.spotler.contacts import Contacts
from devstack.spotler.control.access import ControlAccess
from devstack.spotler.control.accounts import ControlAccounts
from devstack.spotler.control.campaigns import ControlCampaigns
from devstack.spotler.control.fields import ControlFields
from devstack.spotler.control.mail import ControlMail
from devstack.spotler.control.page import ControlPage
from devstack.spotler.control.people import ControlPeople
from devstack.spotler.control.requests import CONTROL, plain_errors
from devstack.spotler.control.settings import ControlSettings
from devstack.spotler.dates import Clock, system_clock
from devstack.spotler.dispatch import Dispatcher, unknown
from devstack.spotler.histories import Histories
from devstack.spotler.interactions import Interactions
from devstack.spotler.listing import LISTING, Listing
from devstack.spotler.lists import TemporaryLists
from devstack.spotler.mailings import Mailings
from devstack.spotler.options import SpotlerOptions
from devstack.spotler.reports import Reports
from devstack.spotler.routing import BASE, BASE_1_1_0, BASES, Route
from devstack.spotler.signature import Credentials, Verifier, normal_url
from devstack.spotler.throttle import Throttle

DEMO = Credentials("demo-consumer-key", "demoConsumerSecretNotForProduction")
_LARGEST_BODY = 64 * 1024 * 1024


class SpotlerSimulator:
    """Spotler accounts behind the Mail+ API; `clock` gives epoch milliseconds."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
        credentials: Credentials = DEMO,
        options: SpotlerOptions | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.calls = Calls()
        self.faults = Faults(fault_answer)
        self.credentials = credentials
        self._host = host
        self._port = port
        self._public_url = public_url
        self._options = options or SpotlerOptions()
        self._clock = clock
        self.accounts = Accounts(self._tenant(credentials), self._tenant)
        self._running = contextlib.AsyncExitStack()

    @property
    def account(self) -> Account:
        """Return the first account."""
        return self.accounts.first.account

    async def start(self) -> Mapping[str, object]:
        """Listen, and return what a client needs; after a stop, listen on the same port again."""
        runner, self._port = await listen(self._application(), self._host, self._port)
        self._running.push_async_callback(runner.cleanup)
        listening = f"http://{self._host}:{self._port}"
        url = normal_url(self._public_url or listening)
        self.accounts.listen(url)
        self._running.callback(self.accounts.close)

        return {
            "part": "spotler",
            "url": url,
            "base": f"{url}{BASE}",
            "base_1_1_0": f"{url}{BASE_1_1_0}",
            "consumer_key": self.credentials.key,
            "consumer_secret": self.credentials.secret,
            "view": f"{listening}{CONTROL}/",
            "faults": f"{listening}{FAULTS}",
        }

    async def stop(self) -> None:
        """Let go who waits, finish what is in hand and free the port."""
        await self._running.aclose()

    def routes(self) -> list[Route]:
        """Return every operation of the API, as the first account answers it."""
        return list(self.accounts.first.operations)

    def _tenant(self, credentials: Credentials) -> Tenant:
        account = Account(self._options, self._clock)
        verifier = Verifier(credentials, lambda: account.options, lambda: self._clock() / 1000)

        return Tenant(
            account,
            verifier,
            Dispatcher(account, verifier, Throttle(time.monotonic)),
            _operations(account),
            _controls(account, verifier, self.calls),
        )

    def _application(self) -> web.Application:
        app = web.Application(
            middlewares=[self.calls.middleware, self.faults.middleware, plain_errors, unknown],
            client_max_size=_LARGEST_BODY,
        )
        for base in BASES:
            listing = Listing(self.account, self.routes(), self.accounts.first.verifier, base)
            app.router.add_get(f"{base}{LISTING}", listing.resources)
            app.router.add_get(f"{base}{LISTING}/{{resource}}", listing.resource)
            for number in range(len(self.routes())):
                app.router.add_routes(self._operation(number, base))

        app.router.add_routes(self.faults.routes())
        app.router.add_routes(ControlAccounts(self.accounts, self.calls).routes())

        return app

    def _operation(self, number: int, base: str) -> list[web.RouteDef]:
        """Return an operation under one base, with and without a trailing slash."""

        async def handle(request: web.Request) -> web.StreamResponse:
            tenant = self.accounts.signed(request)
            return await tenant.dispatcher.answer(request, tenant.operations[number], base)

        first = self.accounts.first.operations[number]
        path = f"{base}{first.path}"

        return [web.route(first.method, one, handle) for one in (path, f"{path}/")]


def _operations(account: Account) -> list[Route]:
    resources = (
        Contacts(account),
        ContactFeeds(account),
        Histories(account),
        TemporaryLists(account),
        CampaignCalls(account),
        AutomationCalls(account),
        Mailings(account),
        Reports(account, campaign=False),
        Reports(account, campaign=True),
        Interactions(account),
    )

    return [route for resource in resources for route in resource.routes()]


def _controls(account: Account, verifier: Verifier, calls: Calls) -> list[web.RouteDef]:
    controls = (
        ControlPage(account),
        ControlFields(account),
        ControlPeople(account),
        ControlCampaigns(account),
        ControlMail(account),
        ControlSettings(account, calls),
        ControlAccess(verifier),
    )

    return [route for control in controls for route in control.routes()]
