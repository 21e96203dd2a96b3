import os

from benchmarks.processes import (
    Memory,
    memory_of,
    parse_busy_ticks,
    parse_memory,
    parse_processor_ticks,
    processor_seconds_of,
)


def test_memory_is_told_in_megabytes() -> None:
    """
    What is resident now and was at most stands in the status of a process, in kilobytes.
    """
    status = "Name:\thost\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t3\n"

    assert parse_memory(status) == Memory(now=100, peak=200)


def test_name_with_spaces_and_brackets() -> None:
    """
    Processor time is found behind whatever a process is called.
    """
    stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 120 30 0 0 20 0 1 0 99"

    assert parse_processor_ticks(stat) == 150


def test_idle_processors_are_not_busy() -> None:
    """
    The machine was busy in all the time that its processors neither idled nor waited.
    """
    assert parse_busy_ticks("cpu  10 1 5 900 90 2 3 0 0 0\ncpu0 5 0 2 450 45 1 1 0 0 0\n") == 21


def test_own_process_is_read() -> None:
    """
    A process that runs has memory, and had a processor.
    """
    mine = memory_of(os.getpid())

    assert 0 < mine.now <= mine.peak
    assert processor_seconds_of(os.getpid()) > 0
