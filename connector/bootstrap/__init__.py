"""Composition root: what the functions use, and how it is wired."""

from connector.bootstrap.service_bundle import Services
from connector.bootstrap.start import (
    counter,
    queue_of_trigger,
    refusing,
    sign_in,
    sign_in_settings,
    tell_faults,
)
from connector.bootstrap.wiring import CHATTY, build, services

__all__ = [
    "CHATTY",
    "Services",
    "build",
    "counter",
    "queue_of_trigger",
    "refusing",
    "services",
    "sign_in",
    "sign_in_settings",
    "tell_faults",
]
