"""The folder in which a run writes its logs."""

from pathlib import Path

from devstack.story.logs import KEPT, fresh_folder


def test_run_has_its_own_folder(tmp_path: Path) -> None:
    """
    Two runs write into two folders, and `latest` leads to the newer one.
    """
    first, second = fresh_folder(tmp_path), fresh_folder(tmp_path)

    assert first != second
    assert (tmp_path / "latest").resolve() == second


def test_old_runs_are_removed(tmp_path: Path) -> None:
    """
    Of the runs that have ended, a few are kept; of those that go on, all.
    """
    ended = [tmp_path / f"20200101-00000{number}-0-999999999" for number in range(9)]
    for folder in ended:
        folder.mkdir()

    mine = [fresh_folder(tmp_path) for _ in range(KEPT + 1)]

    assert not any(folder.exists() for folder in ended)
    assert all(folder.exists() for folder in mine)
