import pytest

from connector.functions import webhooks
from connector.functions.manage import auditing, problems
from connector.functions.manage.auditing import RefusalNotes
from connector.functions.refusals import RefusalLog
from tests.unit.functions.world import World, put_everywhere


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Put the functions among fakes."""
    one = World()
    put_everywhere(one, monkeypatch)
    monkeypatch.setattr(webhooks, "REFUSALS", RefusalLog("webhook refused"))
    monkeypatch.setattr(problems, "REFUSALS", RefusalLog("manage call refused"))
    monkeypatch.setattr(auditing, "REFUSALS", RefusalNotes(lambda: one.now))

    return one
