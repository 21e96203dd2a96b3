"""Composition root: what the functions use, and how it is wired."""

from connector.bootstrap.service_bundle import Services
from connector.bootstrap.wiring import CHATTY, build, services

__all__ = ["CHATTY", "Services", "build", "services"]
