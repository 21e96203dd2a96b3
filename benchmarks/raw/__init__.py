"""The parts of the stack by themselves, at work as they are in the benchmarks."""
