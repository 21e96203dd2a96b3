import pytest

from connector.functions import health, queues, webhooks
from connector.functions.manage import guard, sign_in
from tests.unit.functions.world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Put the functions among fakes."""
    one = World()
    known = one.services()
    for module in (health, queues, webhooks, guard, sign_in):
        monkeypatch.setattr(module, "services", lambda: known)

    return one
