"""The accounts of one Spotler, each with a key, contacts and switches of its own."""

from collections.abc import Callable, Sequence

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.dispatch import Dispatcher
from devstack.spotler.routing import Route
from devstack.spotler.signature import Credentials, Verifier, consumer_key


class Tenant:
    """One account with what answers for it: its operations and its controls."""

    def __init__(
        self,
        account: Account,
        verifier: Verifier,
        dispatcher: Dispatcher,
        operations: Sequence[Route],
        controls: Sequence[web.RouteDef],
    ) -> None:
        self.account = account
        self.verifier = verifier
        self.dispatcher = dispatcher
        self.operations = operations
        self.controls = controls

    @property
    def key(self) -> str:
        """Return the consumer key of today."""
        return self.verifier.credentials.key


class Accounts:
    """The accounts: the first is always there, others come and go."""

    def __init__(self, first: Tenant, make: Callable[[Credentials], Tenant]) -> None:
        self.first = first
        self._make = make
        self._others: list[Tenant] = []

    def all(self) -> list[Tenant]:
        """Return every account, the first one first."""
        return [self.first, *self._others]

    def find(self, key: str) -> Tenant | None:
        """Return the account of a consumer key."""
        return next((one for one in self.all() if one.key == key), None)

    def signed(self, request: web.Request) -> Tenant:
        """Return the account that a request is signed for; the first refuses all other keys."""
        key = consumer_key(request.raw_path, request.headers.get("Authorization"))

        return self.find(key) or self.first

    def add(self, credentials: Credentials) -> Tenant:
        """Add an empty account."""
        made = self._make(credentials)
        made.verifier.public_url = self.first.verifier.public_url
        self._others.append(made)

        return made

    def remove(self, tenant: Tenant) -> None:
        """Close an account, and let go who waits for something in it."""
        self._others.remove(tenant)
        tenant.account.changes.close()

    def reset(self) -> None:
        """Have one account again, as fresh as at the start."""
        for one in list(self._others):
            self.remove(one)

        self.first.account.reset()

    def listen(self, public_url: str) -> None:
        """Know the address that clients sign, and let people wait."""
        for one in self.all():
            one.verifier.public_url = public_url
            one.account.changes.open()

    def close(self) -> None:
        """Let go who waits."""
        for one in self.all():
            one.account.changes.close()
