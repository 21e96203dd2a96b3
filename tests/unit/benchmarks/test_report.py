from benchmarks.figures import Figure, Group, Raw
from benchmarks.machine import Machine
from benchmarks.report import console, missed_goals, show_goals, show_group, to_json

MACHINE = Machine(cores=2, system="Linux", python="3.13.0", load=0.5)
SLOW = Figure("until all are there", 12.3456, "s", below=10, raw=Raw("a part", 3))
FAST = Figure("answers", 4, "ms", below=25)
RESULTS = {"burst": [Group("A burst", [SLOW, FAST])]}


def test_missed_goal_is_named() -> None:
    """
    Only a missed goal is named, with what was measured and what was wanted.
    """
    assert missed_goals(RESULTS) == ["A burst: until all are there 12.3 s, goal < 10 s"]


def test_figure_shown_beside_limit() -> None:
    """
    The table shows a figure with its goal, its ratio, and the raw limit that it is a ratio of.
    """
    with console.capture() as shown:
        show_group(RESULTS["burst"][0])
        show_goals(RESULTS)

    line = next(line for line in shown.get().splitlines() if "until all" in line)
    for part in ("12.3 s", "✗ < 10 s", f"{SLOW.ratio:.3g}", "3 s", "a part"):
        assert part in line
    assert "1 of 2 goals met" in shown.get()


def test_empty_columns_left_out() -> None:
    """
    A group without goals and limits shows names and numbers alone.
    """
    with console.capture() as shown:
        show_group(Group("Parts", [Figure("a part", 1234.5, "/s")]))

    assert "1,234 /s" in shown.get()
    assert "goal" not in shown.get()
    assert "ratio" not in shown.get()


def test_json_holds_ratio_and_verdict() -> None:
    """
    The file holds the machine and each figure with its raw limit, its ratio and whether it is met.
    """
    told = to_json(MACHINE, RESULTS)

    slow, fast = told["benchmarks"]["burst"][0]["figures"]
    assert told["machine"]["cores"] == 2
    assert (slow["raw"]["value"], slow["ratio"], slow["met"]) == (3, SLOW.ratio, False)
    assert (fast["raw"], fast["ratio"], fast["met"]) == (None, None, True)
    assert told["missed"] == missed_goals(RESULTS)
