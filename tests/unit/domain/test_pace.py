from datetime import timedelta

import pytest

from connector.domain.pace import is_settled, rounded_rate, rounded_rest, smoothed

SECOND = timedelta(seconds=1)


def test_first_page_is_the_pace() -> None:
    """
    The pace of the first page is that of the job.
    """
    assert smoothed(None, 1000, 2 * SECOND) == 500


def test_pace_moves_slowly() -> None:
    """
    One slow page moves the pace a little, a slow minute moves it most of the way.
    """
    assert smoothed(500, 1000, 4 * SECOND) == pytest.approx(483.9, abs=0.1)
    assert smoothed(500, 1000, 60 * SECOND) == pytest.approx(194.5, abs=0.1)


def test_no_time_is_no_news() -> None:
    """
    A page that was counted while the job was paused says nothing of its pace.
    """
    assert smoothed(500, 1000, timedelta()) == 500
    assert smoothed(None, 1000, timedelta()) is None


@pytest.mark.parametrize(
    ("done", "total", "seconds", "settled"),
    [
        pytest.param(1000, 100_000, 29, False, id="too early"),
        pytest.param(1000, 100_000, 30, True, id="30 seconds"),
        pytest.param(2000, 100_000, 4, True, id="2 percent"),
        pytest.param(1000, None, 4, False, id="total unknown"),
        pytest.param(0, 0, 0, False, id="nothing to do"),
    ],
)
def test_pace_settles(done: int, total: int | None, seconds: int, settled: bool) -> None:
    """
    The estimate comes after 30 seconds or 2 percent.
    """
    assert is_settled(done, total, seconds * SECOND) is settled


@pytest.mark.parametrize(("rate", "rounded"), [(473.4, 470), (8.449, 8.4), (0.0666, 0.067)])
def test_rate_is_rounded(rate: float, rounded: float) -> None:
    """
    A rate is told in two digits.
    """
    assert rounded_rate(rate) == rounded


@pytest.mark.parametrize(
    ("seconds", "rounded"),
    [(0, 0), (0.1, 5), (42, 45), (61, 90), (599, 600), (601, 660), (3600, 3600), (3601, 3900)],
)
def test_rest_is_rounded(seconds: float, rounded: float) -> None:
    """
    The rest is told in seconds by five, minutes by halves, hours by five minutes, and rounded up.
    """
    assert rounded_rest(seconds) == rounded
