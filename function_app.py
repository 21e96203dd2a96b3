"""Registers the functions of the connector."""

import os

import azure.functions as func

from connector.functions import health, queues, webhooks
from connector.settings import Settings

Settings.from_env(os.environ)  # says at once, and all together, what is missing or wrong

app = func.FunctionApp()
app.register_functions(webhooks.bp)
app.register_functions(queues.bp)
app.register_functions(health.bp)
