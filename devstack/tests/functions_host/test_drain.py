"""A host that is told to stop."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devstack.tests.functions_host.stage import make_app, running


def test_running_request_is_answered(tmp_path: Path) -> None:
    """
    A request that was being worked on when the host was told to stop gets its answer.
    """
    root = make_app(tmp_path / "app", "web")
    with (
        running("functions_host", "--root", root, NIGHTLY="0 0 3 * * *") as host,
        ThreadPoolExecutor() as pool,
    ):
        answer = pool.submit(host.call, "GET", "/api/slow")
        host.until("slow began")

        code = host.end()

        assert code == 0
        assert answer.result().text == "slow"
