"""See, await, make and edit contacts as a Spotler user can."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.bodies import flag, mapping, members, objects, optional_text, texts
from devstack.spotler.control.requests import CONTROL, Missing, any_body_of, body_of, timeout_of
from devstack.spotler.fields import PERMISSIONS
from devstack.spotler.people import Contact
from devstack.spotler.shapes import channels
from devstack.spotler.validation import Code
from devstack.spotler.writes import Draft, insert, update_existing

_STATES = {
    "inactive": "inactive",
    "bounced": "bounced",
    "testGroup": "test_group",
    "temporary": "temporary",
    "hidesEncryptedId": "hides_encrypted_id",
}


class ControlPeople:
    """The contacts behind the API."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        one = f"{CONTROL}/contacts/{{key}}"

        return [
            web.get(f"{CONTROL}/contacts", self.show_all),
            web.post(f"{CONTROL}/contacts", self.add),
            web.get(one, self.show),
            web.patch(one, self.edit),
            web.put(f"{one}/permissions/{{bit}}", self.set_permission),
            web.post(f"{CONTROL}/forget", self.forget),
            web.put(f"{CONTROL}/refusals/{{key}}", self.refuse),
            web.delete(f"{CONTROL}/refusals/{{key}}", self.accept),
        ]

    async def show_all(self, _: web.Request) -> web.Response:
        """Show every contact by external id, or by encrypted id if it has no other."""
        people = self._account.people.all()

        return web.json_response({one.key: contact_state(self._account, one) for one in people})

    async def show(self, request: web.Request) -> web.Response:
        """Show one contact, at once or as soon as it is what the query says."""
        key, seconds = request.match_info["key"], timeout_of(request)
        if seconds is None:
            return web.json_response(contact_state(self._account, self._known(key)))

        if not await self._account.changes.until(lambda: self._is_as_asked(request), seconds):
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT, text="it did not happen\n")

        return web.json_response(contact_state(self._account, self._known(key)))

    async def add(self, request: web.Request) -> web.Response:
        """Make one contact or a list of them, with or without an external id."""
        raw = await any_body_of(request)
        wanted = raw if isinstance(raw, list) else [raw]
        made = [self._add(one) for one in wanted]

        return web.json_response(
            [contact_state(self._account, one) for one in made], status=HTTPStatus.CREATED
        )

    async def edit(self, request: web.Request) -> web.Response:
        """Change properties, state or the moment of the last change."""
        contact = self._known(request.match_info["key"])
        body = await body_of(request, "properties", "lastChanged", *_STATES)
        draft = Draft(contact.external_id, mapping(body, "properties"))
        update_existing(self._account, contact, draft, purge=False)
        for name, attribute in _STATES.items():
            if name in body:
                setattr(contact, attribute, flag(body, name))

        moment = body.get("lastChanged")
        self._account.people.touch(contact, moment if isinstance(moment, int) else None)

        return web.json_response(contact_state(self._account, contact))

    async def forget(self, request: web.Request) -> web.Response:
        """Lose the contacts of the external ids, or all of them; what was mailed stays."""
        body = await body_of(request, "externalIds")
        people = self._account.people
        lost = list(people.all())
        if "externalIds" in body:
            lost = [self._known(key) for key in dict.fromkeys(texts(body, "externalIds"))]

        for contact in lost:
            people.forget(contact)
            for one in self._account.lists.all():
                one.members.pop(contact.encrypted_id, None)
            for campaign in self._account.campaigns.all():
                campaign.participations.pop(contact.encrypted_id, None)

        return web.json_response({"forgotten": len(lost), "contacts": len(people)})

    async def set_permission(self, request: web.Request) -> web.Response:
        """Give or take one permission as a Spotler user or a subscriber does."""
        contact = self._known(request.match_info["key"])
        bit = int(request.match_info["bit"])
        enabled = flag(await body_of(request, "enabled"), "enabled")
        if bit not in self._account.fields.permissions:
            raise Missing(f"there is no permission {bit}")

        contact.sets[PERMISSIONS] = {**contact.sets.get(PERMISSIONS, {}), bit: enabled}
        self._account.people.touch(contact)

        return web.json_response(contact_state(self._account, contact))

    async def refuse(self, request: web.Request) -> web.Response:
        """Let every write of one external id end in a code."""
        code = Code(str((await body_of(request, "code")).get("code")))
        self._account.refusals[request.match_info["key"]] = code

        return web.json_response(self._account.refusals)

    async def accept(self, request: web.Request) -> web.Response:
        """Let writes of one external id through again."""
        self._account.refusals.pop(request.match_info["key"], None)

        return web.json_response(self._account.refusals)

    def _add(self, raw: object) -> Contact:
        body = members(raw, "externalId", "properties", "permissions", of="a contact")
        given = [{"bit": bit, "enabled": True} for bit in objects(body, "permissions")]
        properties = mapping(body, "properties") | ({PERMISSIONS: given} if given else {})
        draft = Draft(optional_text(body, "externalId"), properties)

        return insert(self._account, draft, update=False, purge=False)

    def _known(self, key: str) -> Contact:
        contact = self._account.people.find_any(key)
        if contact is None:
            raise Missing(f"there is no contact {key}")

        return contact

    def _is_as_asked(self, request: web.Request) -> bool:
        contact = self._account.people.find_any(request.match_info["key"])
        if contact is None:
            return False

        query = request.query
        if "property" in query:
            return str(contact.properties.get(query["property"], "")) == query.get("equals", "")

        if "permission" in query:
            given = contact.sets.get(PERMISSIONS, {}).get(int(query["permission"]), False)
            return given is (query.get("equals", "true") == "true")

        if "state" in query:
            state = contact_state(self._account, contact)[query["state"]]
            return state is (query.get("equals", "true") == "true")

        return True


def contact_state(account: Account, contact: Contact) -> dict[str, object]:
    """Return all that is known of a contact, hidden fields as well."""
    given = contact.sets.get(PERMISSIONS, {})

    return {
        "externalId": contact.external_id,
        "encryptedId": contact.encrypted_id,
        "properties": contact.properties,
        "permissions": {bit: given.get(bit, False) for bit in account.fields.permissions},
        "sets": {name: bits for name, bits in contact.sets.items() if name != PERMISSIONS},
        "channels": dict(channels(account, contact)),
        "inactive": contact.inactive,
        "anonymised": contact.anonymised,
        "bounced": contact.bounced,
        "testGroup": contact.test_group,
        "temporary": contact.temporary,
        "created": contact.created,
        "lastChanged": contact.last_changed,
    }
