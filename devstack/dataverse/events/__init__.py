"""The event half of the Dataverse simulator: what a write tells the registered webhooks."""

from devstack.dataverse.events.control import control_routes
from devstack.dataverse.events.operation import Operation, OperationListener
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.events.organisation import Organisation
from devstack.dataverse.events.pipeline import EventPipeline
from devstack.dataverse.events.webhook import Webhook, register_webhook

__all__ = [
    "EventOptions",
    "EventPipeline",
    "Operation",
    "OperationListener",
    "Organisation",
    "Webhook",
    "control_routes",
    "register_webhook",
]
