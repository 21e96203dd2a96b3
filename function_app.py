"""Registers the functions of the connector."""

import azure.functions as func

from connector.bootstrap import tell_faults
from connector.functions import config_page, health, manage, queues, timers, webhooks

tell_faults()  # and register all the same: where there is no function, Dataverse gives up at once

app = func.FunctionApp()
for blueprint in (webhooks.bp, queues.bp, timers.bp, health.bp, config_page.bp, *manage.BLUEPRINTS):
    app.register_functions(blueprint)
