import pytest

from connector.functions import config_page, health, queues, timers, webhooks
from connector.functions.manage import guard, jobs, sign_in
from tests.unit.functions.world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Put the functions among fakes."""
    one = World()
    known = one.services()
    for module in (config_page, health, queues, timers, webhooks, guard, jobs, sign_in):
        monkeypatch.setattr(module, "services", lambda: known)

    return one
