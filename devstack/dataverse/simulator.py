"""The whole simulator: Entra, the Web API, its events, and the pages to look at it."""

import shutil
import ssl
from pathlib import Path

from aiohttp import web

from devstack.dataverse.api.endpoint import Endpoint, faulty_answer
from devstack.dataverse.api.web_api import WebApi
from devstack.dataverse.column_control import column_routes
from devstack.dataverse.control import Control
from devstack.dataverse.entra.tokens import Application, TokenIssuer
from devstack.dataverse.events.control import control_routes
from devstack.dataverse.events.organisation import Organisation
from devstack.dataverse.events.pipeline import EventPipeline
from devstack.dataverse.foundation import ROOT_UNIT, lay_foundation
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.schema.catalogue import standard_catalogue
from devstack.dataverse.store import Store
from devstack.dataverse.tls import Tls, make_tls
from devstack.dataverse.view.pages import View
from devstack.dataverse.writing.environment import Environment
from devstack.faults import CONTROL, Faults

_LONGEST_LINE = 131_072
_LARGEST_BODY = 128 * 1024 * 1024


class DataverseSimulator:
    """A simulated environment with one application user."""

    def __init__(self, options: DataverseOptions | None = None) -> None:
        """Lay out the environment; nothing listens yet."""
        self.options = options or DataverseOptions()
        self.store = Store()
        catalogue = standard_catalogue(sales=self.options.sales, own=self.options.own_tables)
        self.environment = Environment(self.options, catalogue, self.store)
        lay_foundation(self.store, catalogue, self.options)
        self.events = EventPipeline(
            self.store, self.options.events, organisation=_organisation(self.options)
        )
        self.environment.listener = self.events
        self.api = WebApi(self.environment)
        self.tokens = TokenIssuer(_application(self.options), self.options.token_seconds)
        self.endpoint = Endpoint(self.options, self.api, self.tokens)
        self.faults = Faults(faulty_answer)
        self._runner: web.AppRunner | None = None
        self._tls: Tls | None = None

    async def start(self) -> dict[str, object]:
        """Listen, and tell what a client needs to know."""
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> dict[str, object]:
        await self.events.start()
        self._tls = tls = make_tls(self.options.host) if self.options.tls else None
        port = await self._listen(tls.context if tls else None)
        url = f"{'https' if tls else 'http'}://{self.options.host}:{port}"
        self.endpoint.audience = url

        return self._facts(url, tls.ca_file if tls else None)

    async def stop(self) -> None:
        """Stop listening and give up what is on its way."""
        if self._runner is not None:
            await self._runner.cleanup()

        await self.events.stop()
        if self._tls is not None:
            shutil.rmtree(self._tls.ca_file.parent)

    async def _listen(self, context: ssl.SSLContext | None) -> int:
        # Addresses may be longer than the server library allows by itself.
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            max_line_size=_LONGEST_LINE,
            shutdown_timeout=2.0,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.options.host, self.options.port, ssl_context=context)
        await site.start()

        return int(self._runner.addresses[0][1])

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[self.faults.middleware])
        app.add_routes(self.endpoint.routes())
        app.add_routes(Control(self.environment, self.api, self.tokens, self.events).routes())
        app.add_routes(control_routes(self.events))
        app.add_routes(column_routes(self.environment))
        app.add_routes(self.faults.routes())
        app.add_routes(View(self.environment, self.api).routes())
        app.add_routes(self.tokens.routes())

        return app

    def _facts(self, url: str, ca_file: Path | None) -> dict[str, object]:
        options = self.options

        return {
            "part": "dataverse",
            "url": url,
            "authority": url,
            "token_url": f"{url}/{options.tenant_id}/oauth2/v2.0/token",
            "tenant_id": options.tenant_id,
            "client_id": options.client_id,
            "client_secret": options.client_secret,
            "organisation_id": options.organisation_id,
            "application_user_id": options.application_user_id,
            "view": f"{url}/_devstack/",
            "faults": f"{url}{CONTROL}",
            "ca_file": str(ca_file) if ca_file else None,
        }


def _organisation(options: DataverseOptions) -> Organisation:
    return Organisation(id=options.organisation_id, host=options.host, business_unit_id=ROOT_UNIT)


def _application(options: DataverseOptions) -> Application:
    return Application(options.tenant_id, options.client_id, options.client_secret)
