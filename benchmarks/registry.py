"""All benchmarks, in the order in which they run; a new one is a module and a line here."""

from benchmarks import burst, initial_sync, single_change, webhook_answers

BENCHMARKS = {
    one.name: one
    for one in (
        webhook_answers.BENCHMARK,
        single_change.BENCHMARK,
        burst.BENCHMARK,
        initial_sync.BENCHMARK,
    )
}
