"""The simulator as one server: the API on both bases, the listing, the controls."""

import contextlib
import time
from collections.abc import Mapping

from aiohttp import web

from devstack.faults import CONTROL as FAULTS
from devstack.faults import Faults
from devstack.serving import listen
from devstack.spotler.account import Account
from devstack.spotler.answers import fault_answer
from devstack.spotler.automations import AutomationCalls
from devstack.spotler.calls import Calls
from devstack.spotler.campaigns import CampaignCalls
from devstack.spotler.contact_feeds import ContactFeeds
from devstack.spotler.contacts import Contacts
from devstack.spotler.control.access import ControlAccess
from devstack.spotler.control.campaigns import ControlCampaigns
from devstack.spotler.control.mail import ControlMail
from devstack.spotler.control.page import ControlPage
from devstack.spotler.control.people import ControlPeople
from devstack.spotler.control.requests import CONTROL, plain_errors
from devstack.spotler.control.settings import ControlSettings
from devstack.spotler.dates import Clock, system_clock
from devstack.spotler.dispatch import Dispatcher
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
    """A Spotler account behind the Mail+ API; `clock` gives epoch milliseconds."""

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
        self.account = Account(options or SpotlerOptions(), clock)
        self.calls = Calls()
        self.faults = Faults(fault_answer)
        self.credentials = credentials
        self._host = host
        self._port = port
        self._public_url = public_url
        self._verifier = Verifier(credentials, lambda: self.account.options, lambda: clock() / 1000)
        self._running = contextlib.AsyncExitStack()

    async def start(self) -> Mapping[str, object]:
        """Listen, and return what a client needs; after a stop, listen on the same port again."""
        runner, self._port = await listen(self._application(), self._host, self._port)
        self._running.push_async_callback(runner.cleanup)
        self.account.changes.open()
        self._running.callback(self.account.changes.close)
        listening = f"http://{self._host}:{self._port}"
        url = normal_url(self._public_url or listening)
        self._verifier.public_url = url

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
        """Return every operation of the API."""
        resources = (
            Contacts(self.account),
            ContactFeeds(self.account),
            Histories(self.account),
            TemporaryLists(self.account),
            CampaignCalls(self.account),
            AutomationCalls(self.account),
            Mailings(self.account),
            Reports(self.account, campaign=False),
            Reports(self.account, campaign=True),
            Interactions(self.account),
        )

        return [route for resource in resources for route in resource.routes()]

    def _application(self) -> web.Application:
        dispatcher = Dispatcher(self.account, self._verifier, Throttle(time.monotonic))
        app = web.Application(
            middlewares=[
                self.calls.middleware,
                self.faults.middleware,
                plain_errors,
                dispatcher.unknown,
            ],
            client_max_size=_LARGEST_BODY,
        )
        for base in BASES:
            listing = Listing(self.account, self.routes(), self._verifier, base)
            app.router.add_get(f"{base}{LISTING}", listing.resources)
            app.router.add_get(f"{base}{LISTING}/{{resource}}", listing.resource)
            for route in self.routes():
                app.router.add_routes(dispatcher.aiohttp_routes(route, base))

        app.router.add_routes(self.faults.routes())
        for control in (
            ControlPage(self.account),
            ControlPeople(self.account),
            ControlCampaigns(self.account),
            ControlMail(self.account),
            ControlSettings(self.account, self.calls),
            ControlAccess(self._verifier),
        ):
            app.router.add_routes(control.routes())

        return app
