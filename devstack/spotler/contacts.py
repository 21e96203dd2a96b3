"""The contact resource: write, read, find, anonymise, inactivate, subscribe."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import ErrorType, NotSimulated, Refusal, done, found, invalid
from devstack.spotler.bodies import flag, members, objects
from devstack.spotler.paging import page
from devstack.spotler.people import Contact
from devstack.spotler.routing import PAGED, UNPAGED, Call, Route
from devstack.spotler.shapes import contact_json
from devstack.spotler.validation import Code, ContactRefused
from devstack.spotler.writes import Draft, as_refusal, insert, to_draft, update_existing

BATCH_LIMIT = 100


class Contacts:
    """What a caller can do with contacts."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        one = "/contact/{externalId}"

        return [
            Route(
                "GET",
                "/contact/properties/list",
                self.properties,
                "Visible fields",
                ignored=UNPAGED,
            ),
            Route("POST", "/contact", self.add, "Insert or upsert", takes_body=True),
            Route(
                "POST",
                "/contact/list",
                self.add_many,
                "Insert or upsert up to 100",
                takes_body=True,
                json_only=True,
            ),
            Route(
                "GET",
                "/contact/search",
                self.search,
                "Find by e-mail",
                query=("MPSearchQuery", *PAGED),
                json_only=True,
            ),
            Route("GET", one, self.show, "Read one contact"),
            Route("PUT", one, self.change, "Change one contact", takes_body=True),
            Route("PUT", "/contact/anonymize/{externalId}", self.anonymise, "Erase personal data"),
            Route(
                "PUT",
                "/contact/inactivate/{externalId}",
                self.inactivate,
                "Make inactive",
                listed=False,
            ),
            Route(
                "POST", "/subscription/subscribe", self.subscribe, "Add or change", takes_body=True
            ),
        ]

    def properties(self, _: Call) -> web.Response:
        """List the visible fields."""
        return found([field.as_json() for field in self._account.fields.visible.values()])

    def add(self, call: Call) -> web.Response:
        """Insert one contact, or upsert it."""
        body = members(call.body, "update", "purge", "contact", of="the request")
        update, purge = flag(body, "update"), flag(body, "purge")
        draft = to_draft(body.get("contact"))
        if draft.external_id is None:
            raise invalid("externalId is required")

        return self._write(draft, update=update, purge=purge)

    def add_many(self, call: Call) -> web.Response:
        """Insert or upsert a batch and say of each contact what became of it."""
        body = members(call.body, "update", "purge", "contacts", of="the request")
        update, purge = flag(body, "update"), flag(body, "purge")
        if body.get("contacts") is None:
            raise invalid("contacts is required")

        raw = objects(body, "contacts")
        if len(raw) > BATCH_LIMIT:
            raise invalid(f"More than {BATCH_LIMIT} contacts")

        drafts = [to_draft(one) for one in raw]
        if any(draft.external_id is None for draft in drafts):
            raise invalid("A contact has no externalId")

        outcomes = [self._outcome(draft, update=update, purge=purge) for draft in drafts]
        if self._account.options.list_answers == "none":
            return done()

        if self._account.options.list_answers == "refused":
            outcomes = [one for one in outcomes if one["code"] != Code.OK]

        return found(outcomes)

    def show(self, call: Call) -> web.Response:
        """Show one contact."""
        return found(contact_json(self._account, known_contact(self._account, call)))

    def change(self, call: Call) -> web.Response:
        """Change one contact that exists."""
        contact = known_contact(self._account, call)
        body = members(call.body, "update", "purge", "contact", of="the request")
        draft = to_draft(body.get("contact"))
        if draft.external_id not in (None, contact.external_id):
            raise invalid("externalId of the path and of the body differ")

        try:
            update_existing(self._account, contact, draft, purge=flag(body, "purge"))
        except ContactRefused as exc:
            raise as_refusal(exc) from exc

        return done()

    def search(self, call: Call) -> web.Response:
        """Find contacts by e-mail address, the only query of which the form is known."""
        wanted = page(call, size_required=True)
        name, equals, value = call.query.get("MPSearchQuery", "").partition("=")
        if not (name and equals and value):
            raise invalid("Invalid MPSearchQuery or no MPSearchQuery given")

        if name != "email":
            raise NotSimulated(f"searching by {name!r}: only email=address is known to work")

        return wanted.answer(
            call,
            self._account.options,
            self._account.people.with_email(value),
            name="contacts",
            shape=lambda contact: contact_json(self._account, contact),
        )

    def anonymise(self, call: Call) -> web.Response:
        """Erase the personal data and keep the external id."""
        contact = known_contact(self._account, call)
        self._account.people.replace_properties(contact, {})
        contact.sets = {}
        contact.anonymised = True
        self._account.people.touch(contact)

        return done()

    def inactivate(self, call: Call) -> web.Response:
        """Make a contact inactive; it goes on to exist."""
        contact = known_contact(self._account, call)
        contact.inactive = True
        self._account.people.touch(contact)

        return done()

    def subscribe(self, call: Call) -> web.Response:
        """Add or change a contact, by external id or else by e-mail address."""
        draft = to_draft(call.body)
        if draft.external_id is None and not draft.properties.get("email"):
            raise Refusal(
                HTTPStatus.BAD_REQUEST, ErrorType.INVALID_PROPERTY, "Property email is required"
            )

        return self._write(draft, update=True, purge=False)

    def _write(self, draft: Draft, *, update: bool, purge: bool) -> web.Response:
        try:
            insert(self._account, draft, update=update, purge=purge)
        except ContactRefused as exc:
            raise as_refusal(exc) from exc

        return done()

    def _outcome(self, draft: Draft, *, update: bool, purge: bool) -> dict[str, object]:
        code, message = Code.OK, ""
        try:
            insert(self._account, draft, update=update, purge=purge)
        except ContactRefused as exc:
            code, message = exc.code, exc.message

        return {"externalId": draft.external_id, "code": code, "message": message}


def known_contact(account: Account, call: Call) -> Contact:
    """Return the contact that a path names, or refuse in the vendor's words."""
    contact = account.people.find(call.path["externalId"])
    if contact is None:
        raise unknown_contact(HTTPStatus.NOT_FOUND)

    return contact


def unknown_contact(status: HTTPStatus) -> Refusal:
    """Return the refusal of an unknown contact; where it stands decides the status."""
    return Refusal(status, ErrorType.CONTACT_NOT_FOUND, "Contact not found")
