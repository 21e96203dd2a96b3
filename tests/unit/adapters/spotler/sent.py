"""People on the way to Spotler, and a Spotler that takes them all."""

import json

import httpx

from connector.domain.contact import ExternalId, MarketingContact, PropertyValue

LIST = "/contact/list"


def a_contact(external_id: str = "jan", **properties: PropertyValue) -> MarketingContact:
    return MarketingContact(ExternalId(external_id), properties or {"email": "jan@example.nl"})


def contacts(count: int) -> list[MarketingContact]:
    return [a_contact(f"c-{number}") for number in range(count)]


def ids_in(request: httpx.Request) -> list[str]:
    return [one["externalId"] for one in json.loads(request.content)["contacts"]]


def accept(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=[{"externalId": i, "code": "OK"} for i in ids_in(request)])
