"""The temporary list resource: there is no replace, no reading of members, no taking one off."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import (
    ErrorType,
    Refusal,
    done,
    found,
    invalid,
    wrong_state,
)
from devstack.spotler.bodies import Body, members, text, texts
from devstack.spotler.contacts import unknown_contact
from devstack.spotler.list_store import TemporaryList
from devstack.spotler.people import Contact
from devstack.spotler.routing import UNPAGED, Call, Route
from devstack.spotler.shapes import contact_date


class TemporaryLists:
    """What a caller can do with temporary lists."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        one = "/templist/{externalTemporaryListId}"

        return [
            Route("GET", "/templist", self.show_all, "All temporary lists", ignored=UNPAGED),
            Route("POST", "/templist", self.create, "Create from known contacts", takes_body=True),
            Route("POST", one, self.append, "Append known contacts", takes_body=True),
            Route("DELETE", one, self.delete, "Delete"),
        ]

    def show_all(self, _: Call) -> web.Response:
        """List all lists, without their members."""
        return found([self._shape(one) for one in self._account.lists.all()])

    def create(self, call: Call) -> web.Response:
        """Make a list; one unknown contact and there is none."""
        body = members(
            call.body, "externalTemporaryListId", "name", "contacts", of="a temporary list"
        )
        external_id, name = text(body, "externalTemporaryListId"), text(body, "name")
        self._check_room(external_id, name)
        contacts = self._contacts(body)

        created = TemporaryList(name, self._account.clock(), external_id)
        created.add(contacts)
        self._account.lists.add(created)
        self._account.changes.notify()

        return done()

    def append(self, call: Call) -> web.Response:
        """Append contacts; one unknown contact and none is."""
        temporary_list = self._known(call)
        body = members(call.body, "contacts", of="the request")
        temporary_list.add(self._contacts(body))
        self._account.changes.notify()

        return done()

    def delete(self, call: Call) -> web.Response:
        """Delete a list that nothing uses."""
        temporary_list = self._known(call)
        if temporary_list.in_use:
            raise wrong_state("Temporary list is in use")

        self._account.lists.remove(temporary_list)
        self._account.changes.notify()

        return done()

    def _check_room(self, external_id: str, name: str) -> None:
        if self._account.lists.find(external_id) is not None:
            raise Refusal(
                HTTPStatus.BAD_REQUEST, ErrorType.ID_NOTUNIQUE, "Temporary list id is not unique"
            )

        if self._account.lists.has_name(name):
            raise Refusal(
                HTTPStatus.BAD_REQUEST,
                ErrorType.NAME_ALREADY_IN_USE,
                "Temporary list name is already in use",
            )

        if len(self._account.lists) >= self._account.options.list_quota:
            raise wrong_state("Maximum number of temporary lists reached")

    def _contacts(self, body: Body) -> list[Contact]:
        wanted = texts(body, "contacts")
        limit = self._account.options.list_call_limit
        if limit and len(wanted) > limit:
            raise invalid(f"More than {limit} contacts")

        contacts = []
        for external_id in wanted:
            contact = self._account.people.find(external_id)
            if contact is None:
                raise unknown_contact(HTTPStatus.BAD_REQUEST)

            contacts.append(contact)

        return contacts

    def _known(self, call: Call) -> TemporaryList:
        temporary_list = self._account.lists.find(call.path["externalTemporaryListId"])
        if temporary_list is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND, ErrorType.RESOURCE_NOT_FOUND, "Temporary list not found"
            )

        return temporary_list

    def _shape(self, temporary_list: TemporaryList) -> dict[str, object]:
        shown: dict[str, object] = {
            "name": temporary_list.name,
            "createdAt": contact_date(self._account, temporary_list.created),
            "type": temporary_list.type,
        }
        if temporary_list.external_id is not None:
            shown["externalTemporaryListId"] = temporary_list.external_id

        return shown
