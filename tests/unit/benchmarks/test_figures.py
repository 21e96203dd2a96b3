import pytest

from benchmarks.figures import Figure, Raw, durations, percentile


@pytest.mark.parametrize(
    ("percent", "value"),
    [
        pytest.param(50, 3, id="middle"),
        pytest.param(95, 5, id="nearly_all"),
        pytest.param(100, 5, id="all"),
        pytest.param(1, 1, id="least"),
    ],
)
def test_percentile_is_measured_value(percent: float, value: float) -> None:
    """
    A percentile is the smallest measured value that so many per cent do not exceed.
    """
    assert percentile([5, 1, 4, 2, 3], percent) == value


def test_ratio_to_raw_limit() -> None:
    """
    A figure is told as a multiple of the raw limit beside it, and as none where there is none.
    """
    beside = Figure("changes", 200, "/s", raw=Raw("a part", 800))

    assert beside.ratio == 0.25
    assert Figure("changes", 200, "/s").ratio is None


@pytest.mark.parametrize(
    ("value", "below", "met"), [(9.9, 10, True), (10, 10, False), (99, None, None)]
)
def test_goal_must_be_undercut(value: float, below: float | None, met: bool | None) -> None:
    """
    A goal is met below its limit; a figure without one neither meets nor misses it.
    """
    assert Figure("it", value, "s", below=below).is_met is met


def test_durations_beside_raw() -> None:
    """
    Durations stand in milliseconds beside the same percentile of the raw ones.
    """
    half, most = durations([0.002, 0.004], (50, 95), below={95: 5}, raw=("raw", [0.001, 0.002]))

    assert (half.value, half.below, half.ratio) == (2, None, 2)
    assert (most.value, most.below, most.raw) == (4, 5, Raw("raw", 2))
