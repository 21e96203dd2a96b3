"""Registers the functions of the connector."""

import os

import azure.functions as func

from connector.functions import config_page, health, manage, queues, timers, webhooks
from connector.settings import Settings

Settings.from_env(os.environ)  # says at once, and all together, what is missing or wrong

app = func.FunctionApp()
for blueprint in (webhooks.bp, queues.bp, timers.bp, health.bp, config_page.bp, *manage.BLUEPRINTS):
    app.register_functions(blueprint)
