"""Turn switches, change the account's fields and permissions, take paths away."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.bodies import flag, text, texts
from devstack.spotler.calls import Calls
from devstack.spotler.control.requests import CONTROL, Missing, body_of, timeout_of
from devstack.spotler.fields import PERMISSIONS, Entry, Field, FieldType
from devstack.spotler.options import as_json, changed


class ControlSettings:
    """The account's switches and fields."""

    def __init__(self, account: Account, calls: Calls) -> None:
        self._account = account
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes."""
        return [
            web.get(f"{CONTROL}/options", self.show_options),
            web.patch(f"{CONTROL}/options", self.change_options),
            web.get(f"{CONTROL}/properties", self.show_fields),
            web.put(f"{CONTROL}/properties/{{name}}", self.put_field),
            web.delete(f"{CONTROL}/properties/{{name}}", self.remove_field),
            web.put(f"{CONTROL}/permissions/{{bit}}", self.put_permission),
            web.delete(f"{CONTROL}/permissions/{{bit}}", self.remove_permission),
            web.put(f"{CONTROL}/gone", self.take_away),
            web.get(f"{CONTROL}/calls", self.show_calls),
            web.delete(f"{CONTROL}/calls", self.forget_calls),
            web.get(f"{CONTROL}/size", self.show_size),
        ]

    async def show_options(self, _: web.Request) -> web.Response:
        """Show every switch."""
        return web.json_response(as_json(self._account.options))

    async def change_options(self, request: web.Request) -> web.Response:
        """Turn the switches that the body names."""
        wanted = await body_of(request, *as_json(self._account.options))
        self._account.options = changed(self._account.options, wanted)

        return await self.show_options(request)

    async def show_fields(self, _: web.Request) -> web.Response:
        """Show every field, hidden ones as well."""
        fields = self._account.fields.all()

        return web.json_response([one.as_json() | {"visible": one.visible} for one in fields])

    async def put_field(self, request: web.Request) -> web.Response:
        """Add a field, or change what the body says of it: label, type, visibility."""
        name = request.match_info["name"]
        body = await body_of(request, "description", "type", "visible")
        field = self._account.fields.find(name) or Field(name, name)
        if "description" in body:
            field.description = text(body, "description")

        if "type" in body:
            field.type = FieldType(text(body, "type"))

        if "visible" in body:
            field.visible = flag(body, "visible")

        self._account.fields.put(field)

        return await self.show_fields(request)

    async def remove_field(self, request: web.Request) -> web.Response:
        """Delete a field."""
        name = request.match_info["name"]
        if not self._account.fields.remove(name):
            raise Missing(f"there is no property {name}")

        return await self.show_fields(request)

    async def put_permission(self, request: web.Request) -> web.Response:
        """Add a permission, or rename the one of that bit."""
        bit = int(request.match_info["bit"])
        label = text(await body_of(request, "description"), "description")
        entries = self._permissions()
        entry = entries.setdefault(bit, Entry(bit, label, len(entries) + 1))
        entry.description = label

        return await self.show_fields(request)

    async def remove_permission(self, request: web.Request) -> web.Response:
        """Delete a permission; what contacts had of it is gone as well."""
        bit = int(request.match_info["bit"])
        if self._permissions().pop(bit, None) is None:
            raise Missing(f"there is no permission {bit}")

        for contact in self._account.people.all():
            contact.sets.get(PERMISSIONS, {}).pop(bit, None)

        return await self.show_fields(request)

    async def take_away(self, request: web.Request) -> web.Response:
        """Let paths answer 404 and leave the listing, as when the vendor ends them."""
        self._account.gone = set(texts(await body_of(request, "paths"), "paths"))

        return web.json_response(sorted(self._account.gone))

    async def show_calls(self, _: web.Request) -> web.Response:
        """Show how often each operation was called, by status."""
        return web.json_response(self._calls.as_json())

    async def forget_calls(self, request: web.Request) -> web.Response:
        """Begin to count anew."""
        self._calls.reset()

        return await self.show_calls(request)

    async def show_size(self, request: web.Request) -> web.Response:
        """Say how much the account holds, at once or as soon as there are enough contacts."""
        people, seconds = self._account.people, timeout_of(request)
        if seconds is not None:
            enough = int(request.query["contacts"])
            account = self._account
            if not await account.changes.until(lambda: len(account.people) >= enough, seconds):
                return web.Response(
                    status=HTTPStatus.REQUEST_TIMEOUT, text=f"there are {len(people)} contacts\n"
                )

        return web.json_response(
            {"contacts": len(self._account.people), "lists": len(self._account.lists)}
        )

    def _permissions(self) -> dict[int, Entry]:
        if self._account.fields.find(PERMISSIONS) is None:
            raise Missing("the account has no permissions")

        return self._account.fields.permissions
