import pytest

from tests.unit.functions.world import World, use_everywhere


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Put the functions among fakes."""
    one = World()
    use_everywhere(one.services(), monkeypatch)

    return one
