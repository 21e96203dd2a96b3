"""The automation resource: every answer has the same body, whatever its status."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import found
from devstack.spotler.bodies import members, text
from devstack.spotler.routing import Call, Route


class AutomationCalls:
    """What a caller can do with automations."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        return [
            Route(
                "POST",
                "/automation/trigger/{triggerCode}",
                self.trigger,
                "Fire a trigger for a contact",
                takes_body=True,
            )
        ]

    def trigger(self, call: Call) -> web.Response:
        """Start all automations behind a trigger code and say of each what came of it."""
        external_id = text(
            members(call.body, "externalContactId", of="an automation trigger"),
            "externalContactId",
        )
        automations = self._account.automations.find(call.path["triggerCode"])
        if automations is None:
            return found({"result": "TRIGGER_NOTFOUND"}, HTTPStatus.NOT_FOUND)

        contact = self._account.people.find(external_id)
        if contact is None:
            return found({"result": "CONTACT_NOTFOUND"}, HTTPStatus.NOT_FOUND)

        results = [{"automationId": one.id, "result": one.start(contact)} for one in automations]
        started = any(one["result"] == "OK" for one in results)
        self._account.changes.notify()

        return found(
            {"result": "OK" if started else "NOT_TRIGGERED", "automationResults": results},
            HTTPStatus.OK if started else HTTPStatus.EXPECTATION_FAILED,
        )
