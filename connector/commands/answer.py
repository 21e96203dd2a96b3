"""What a command answers: all of it as values, so that only the entry writes."""

import argparse
from dataclasses import dataclass

type Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it


@dataclass(frozen=True, slots=True)
class Answer:
    """Is the text for the output, a remark for the person who looks, and whether all is well."""

    text: str
    remark: str = ""
    is_good: bool = True
