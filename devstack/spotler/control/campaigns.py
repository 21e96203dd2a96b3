"""See and change lists and campaigns, send mail and let people react to it."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import invalid
from devstack.spotler.bodies import Body, flag, members, objects, optional_text, text, texts
from devstack.spotler.campaign_store import Campaign, Trigger
from devstack.spotler.control.requests import CONTROL, Missing, any_body_of, body_of, timeout_of
from devstack.spotler.dates import Milliseconds, to_moment
from devstack.spotler.fields import PERMISSIONS
from devstack.spotler.list_store import TemporaryList
from devstack.spotler.people import Contact
from devstack.spotler.post import Interaction, Kind, Link, Mailing


class ControlCampaigns:
    """The lists, campaigns and mailings behind the API."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        return [
            web.get(f"{CONTROL}/lists/{{id}}", self.show_list),
            web.patch(f"{CONTROL}/lists/{{id}}", self.change_list),
            web.get(f"{CONTROL}/campaigns/{{id}}", self.show_campaign),
            web.put(f"{CONTROL}/campaigns/{{id}}", self.put_campaign),
            web.put(f"{CONTROL}/mailings/{{id}}", self.put_mailing),
            web.post(f"{CONTROL}/interactions", self.interact),
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

    async def put_mailing(self, request: web.Request) -> web.Response:
        """Add a mailing, or replace the one of that key."""
        key = request.match_info["id"]
        body = await body_of(
            request, "name", "scheduledStartDate", "type", "subject", "campaign", "links"
        )
        start = self._moment(body, "scheduledStartDate")
        mailing = Mailing(
            key,
            optional_text(body, "name") or key,
            self._account.clock() if start is None else start,
            type="SMS" if body.get("type") == "SMS" else "EMAIL",
            subject=optional_text(body, "subject") or "",
            campaign=flag(body, "campaign"),
            links=[_link(raw) for raw in objects(body, "links")],
        )
        self._account.post.put(mailing)

        return web.json_response({"encryptedId": key}, status=HTTPStatus.CREATED)

    async def interact(self, request: web.Request) -> web.Response:
        """Record one or more of sent, opened, clicked, bounced, unsubscribed."""
        raw = await any_body_of(request)
        wanted = raw if isinstance(raw, list) else [raw]
        recorded = [self._record(one) for one in wanted]
        self._account.changes.notify()

        return web.json_response([one.id for one in recorded], status=HTTPStatus.CREATED)

    def _record(self, raw: object) -> Interaction:
        body = members(
            raw,
            "kind",
            "mailing",
            "contact",
            "date",
            "linkId",
            "bounceType",
            "campaignSubscriptionId",
            of="an interaction",
        )
        mailing = self._account.post.find(text(body, "mailing"))
        contact = self._account.people.find_any(text(body, "contact"))
        if mailing is None or contact is None:
            raise Missing("there is no such mailing or contact")

        kind, hard = Kind(text(body, "kind")), body.get("bounceType") == "HARD"
        self._follow(kind, contact, hard=hard)

        return self._account.post.record(
            kind,
            mailing,
            contact,
            when=self._moment(body, "date"),
            link_id=_number(body, "linkId"),
            hard=hard,
            participation=_number(body, "campaignSubscriptionId"),
        )

    def _follow(self, kind: Kind, contact: Contact, *, hard: bool) -> None:
        if kind is Kind.BOUNCED and hard:
            contact.bounced = True
            self._account.people.touch(contact)

        if kind is Kind.UNSUBSCRIBED:
            contact.sets[PERMISSIONS] = dict.fromkeys(self._account.fields.permissions, False)
            self._account.people.touch(contact)

    def _moment(self, body: Body, name: str) -> Milliseconds | None:
        value = optional_text(body, name)
        if value is None:
            return None

        return to_moment(value, accepted="any", zone=self._account.options.default_zone)

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


def _link(raw: object) -> Link:
    body = members(raw, "id", "name", "url", "type", of="a link")
    number = _number(body, "id")
    if number is None:
        raise invalid("a link needs an id")

    return Link(number, text(body, "name"), text(body, "url"), optional_text(body, "type"))


def _number(body: Body, name: str) -> int | None:
    value = body.get(name)
    if value is None or type(value) is int:
        return value

    raise invalid(f"{name} must be a number")
