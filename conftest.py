"""Generated cases are the same on every machine, long files come first, and coverage is earned."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import is_hypothesis_test, settings

from devstack.stack.fork_server import ForkServer
from devstack.stack.process import Launch, spawn

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

LONG = ("tests/integration/", "tests/browser/", "devstack/tests/functions_host/")
COVERS = ("tests/unit/", "tests/contract/", "tests/test_")

FORKED = (
    *("devstack.dataverse", "devstack.functions_host", "devstack.servicebus", "devstack.spotler"),
    "connector.bootstrap",
)
"""What the parts of a stack import; the app itself reads its settings as it is imported."""


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Return what starts the parts of the stacks of this worker."""
    if sys.platform != "linux":
        yield spawn
        return

    with ForkServer(FORKED) as server:
        yield server.launch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files so that no long one is left to the end, and mark what covers nothing.

    What runs the product in other processes has no coverage to show, and generated cases need
    none: each line is covered by a case that somebody wrote down.
    """
    items.sort(key=_turn)
    for item in items:
        generated = is_hypothesis_test(getattr(item, "obj", None))
        if generated or not item.nodeid.startswith(COVERS):
            item.add_marker(pytest.mark.no_cover)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("chaos"):
        return 0

    return 1 if item.nodeid.startswith(LONG) else 2
