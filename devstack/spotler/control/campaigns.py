"""See and change temporary lists and campaigns as a Spotler user can."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.bodies import flag, members, objects, optional_text, text, texts
from devstack.spotler.campaign_store import Campaign, Trigger
from devstack.spotler.control.requests import CONTROL, Missing, body_of, timeout_of
from devstack.spotler.list_store import TemporaryList


class ControlCampaigns:
    """The lists and campaigns behind the API."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        return [
            web.get(f"{CONTROL}/lists/{{id}}", self.show_list),
            web.patch(f"{CONTROL}/lists/{{id}}", self.change_list),
            web.get(f"{CONTROL}/campaigns/{{id}}", self.show_campaign),
            web.put(f"{CONTROL}/campaigns/{{id}}", self.put_campaign),
        ]

    async def show_list(self, request: web.Request) -> web.Response:
        """Show a list with its members, at once or as soon as it has as many as asked."""
        name, seconds = request.match_info["id"], timeout_of(request)
        wanted = int(request.query.get("members", "0"))
        if seconds is not None and not await self._account.changes.until(
            lambda: self._has_members(name, wanted), seconds
        ):
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT, text="it did not happen\n")

        return web.json_response(_list_state(self._list(name)))

    async def change_list(self, request: web.Request) -> web.Response:
        """Put a list to use, or let go of it."""
        temporary_list = self._list(request.match_info["id"])
        temporary_list.in_use = flag(await body_of(request, "inUse"), "inUse")

        return web.json_response(_list_state(temporary_list))

    async def show_campaign(self, request: web.Request) -> web.Response:
        """Show a campaign with who takes part in it."""
        return web.json_response(_campaign_state(self._campaign(request.match_info["id"])))

    async def put_campaign(self, request: web.Request) -> web.Response:
        """Add a campaign, or change what the body says of it."""
        key = request.match_info["id"]
        body = await body_of(
            request, "name", "active", "unlimited", "triggers", "mailings", "excluded"
        )
        campaign = self._account.campaigns.find(key) or Campaign(key, key)
        campaign.name = optional_text(body, "name") or campaign.name
        if "active" in body:
            campaign.active = flag(body, "active")

        if "unlimited" in body:
            campaign.unlimited = flag(body, "unlimited")

        if "triggers" in body:
            campaign.triggers = [_trigger(raw) for raw in objects(body, "triggers")]

        if "mailings" in body:
            campaign.mailings = texts(body, "mailings")

        if "excluded" in body:
            campaign.excluded = set(texts(body, "excluded"))

        self._account.campaigns.put(campaign)

        return web.json_response(_campaign_state(campaign))

    def _has_members(self, name: str, wanted: int) -> bool:
        temporary_list = self._account.lists.find(name)
        return temporary_list is not None and len(temporary_list.members) >= wanted

    def _list(self, name: str) -> TemporaryList:
        temporary_list = self._account.lists.find(name)
        if temporary_list is None:
            raise Missing(f"there is no list {name}")

        return temporary_list

    def _campaign(self, key: str) -> Campaign:
        campaign = self._account.campaigns.find(key)
        if campaign is None:
            raise Missing(f"there is no campaign {key}")

        return campaign


def _list_state(temporary_list: TemporaryList) -> dict[str, object]:
    return {
        "name": temporary_list.name,
        "inUse": temporary_list.in_use,
        "members": [contact.key for contact in temporary_list.members.values()],
    }


def _campaign_state(campaign: Campaign) -> dict[str, object]:
    return {
        "name": campaign.name,
        "active": campaign.active,
        "unlimited": campaign.unlimited,
        "participations": [
            {"id": one.id, "contact": one.contact.key, "running": one.running}
            for participations in campaign.participations.values()
            for one in participations
        ],
    }


def _trigger(raw: object) -> Trigger:
    body = members(raw, "encryptedId", "name", of="a trigger")

    return Trigger(text(body, "encryptedId"), text(body, "name"))
