"""Send mail, and let people react to it."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import invalid
from devstack.spotler.bodies import Body, flag, members, objects, optional_text, text
from devstack.spotler.control.requests import CONTROL, Missing, any_body_of, body_of
from devstack.spotler.dates import Milliseconds, to_moment
from devstack.spotler.fields import PERMISSIONS
from devstack.spotler.people import Contact
from devstack.spotler.post import Interaction, Kind, Link, Mailing


class ControlMail:
    """The mailings behind the API and all that happens with them."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        return [
            web.put(f"{CONTROL}/mailings/{{id}}", self.put_mailing),
            web.post(f"{CONTROL}/interactions", self.interact),
        ]

    async def put_mailing(self, request: web.Request) -> web.Response:
        """Add a mailing, or replace the one of that key."""
        key = request.match_info["id"]
        body = await body_of(
            request,
            "name",
            "scheduledStartDate",
            "type",
            "subject",
            "campaign",
            "links",
            "trendReportId",
        )
        start = self._moment(body, "scheduledStartDate")
        mailing = Mailing(
            key,
            optional_text(body, "name") or key,
            self._account.clock() if start is None else start,
            type="SMS" if _one_of(body, "type", "EMAIL", "SMS") == "SMS" else "EMAIL",
            subject=optional_text(body, "subject") or "",
            campaign=flag(body, "campaign"),
            links=[_link(raw) for raw in objects(body, "links")],
            trend_report_id=_number(body, "trendReportId"),
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

        kind, hard = Kind(text(body, "kind")), _one_of(body, "bounceType", "SOFT", "HARD") == "HARD"
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


def _link(raw: object) -> Link:
    body = members(raw, "id", "name", "url", "type", of="a link")
    number = _number(body, "id")
    if number is None:
        raise invalid("a link needs an id")

    return Link(number, text(body, "name"), text(body, "url"), optional_text(body, "type"))


def _one_of(body: Body, name: str, default: str, other: str) -> str:
    value = optional_text(body, name) or default
    if value not in (default, other):
        raise invalid(f"{name} must be {default} or {other}")

    return value


def _number(body: Body, name: str) -> int | None:
    value = body.get(name)
    if value is None or type(value) is int:
        return value

    raise invalid(f"{name} must be a number")
