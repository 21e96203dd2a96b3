"""The feeds of changed and of bounced contacts, in the shape of either base."""

from collections.abc import Callable, Sequence

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import found
from devstack.spotler.paging import page, window
from devstack.spotler.people import Contact
from devstack.spotler.post import Interaction, Kind
from devstack.spotler.reports import bounce_type
from devstack.spotler.routing import PAGED, PERIOD, Call, Route
from devstack.spotler.shapes import contact_date, contact_json


class ContactFeeds:
    """What changed and what bounced in a period."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        query = (*PERIOD, *PAGED)

        return [
            Route(
                "GET", "/contact/updates/list", self.updates, "Changed", query=query, json_only=True
            ),
            Route(
                "GET", "/contact/bounces/list", self.bounces, "Bounced", query=query, json_only=True
            ),
        ]

    def updates(self, call: Call) -> web.Response:
        """List the contacts that changed."""
        period = window(call, self._account.options, required=True)
        changed = period.cut(self._account.people.all(), _last_changed)
        if self._account.options.feed_order == "descending":
            changed = changed[::-1]

        return self._answer(
            call, changed, "contacts", lambda contact: contact_json(self._account, contact)
        )

    def bounces(self, call: Call) -> web.Response:
        """List the bounces, each with its contact."""
        period = window(call, self._account.options, required=True)
        bounced = period.cut(self._account.post.feed(Kind.BOUNCED), _happened)

        return self._answer(call, bounced, "bounces", self._bounce)

    def _bounce(self, interaction: Interaction) -> dict[str, object]:
        return {
            "date": contact_date(self._account, interaction.when),
            "type": bounce_type(interaction),
            "contact": contact_json(self._account, interaction.contact),
            "encryptedActId": interaction.mailing.encrypted_id,
        }

    def _answer[T](
        self, call: Call, items: Sequence[T], name: str, shape: Callable[[T], object]
    ) -> web.Response:
        if not call.pinned:
            wanted = page(call, size_required=True)
            return wanted.answer(call, self._account.options, items, name=name, shape=shape)

        # The 1.1.0 base answers a bare array, and all of it to who does not ask for a page.
        if call.query.get("pageSize") or call.query.get("after"):
            wanted = page(call)
            items = items[wanted.after : wanted.after + wanted.size]

        return found([shape(one) for one in items])


def _last_changed(contact: Contact) -> int:
    return contact.last_changed


def _happened(interaction: Interaction) -> int:
    return interaction.when
