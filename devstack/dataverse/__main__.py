"""Run the simulated Dataverse: `python -m devstack.dataverse --port 0`."""

import argparse
import ast
import dataclasses
import inspect
import itertools
from collections.abc import Mapping

from devstack.dataverse.events.options import parse_options
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.simulator import DataverseSimulator
from devstack.serving import parser_for, run

_BASIC = frozenset({"host", "port"})


def main() -> None:
    """Start the simulator with the options of the command line."""
    parser = parser_for("dataverse", "A strict simulator of Dataverse, with its webhooks.")
    texts = _help_texts()
    for field in dataclasses.fields(DataverseOptions):
        if field.name not in _BASIC:
            _add(parser, field, texts.get(field.name, ""))

    run(DataverseSimulator(DataverseOptions(**vars(parser.parse_args()))))


def _add(parser: argparse.ArgumentParser, field: "dataclasses.Field[object]", text: str) -> None:
    name = f"--{field.name.replace('_', '-')}"
    default = getattr(DataverseOptions(), field.name)
    if field.name == "events":
        parser.add_argument(name, type=parse_options, default=default, metavar="JSON", help=text)
    elif isinstance(default, bool):
        parser.add_argument(name, action=argparse.BooleanOptionalAction, default=default, help=text)
    elif isinstance(default, frozenset):
        parser.add_argument(name, type=_names, default=default, metavar="A,B", help=text)
    else:
        parser.add_argument(name, type=type(default), default=default, help=text)


def _names(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _help_texts() -> Mapping[str, str]:
    """Return the sentence that stands under each option in the code."""
    tree = ast.parse(inspect.getsource(DataverseOptions))
    [definition] = tree.body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    texts: dict[str, str] = {}
    for one, following in itertools.pairwise(body):
        match one, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = text

    return texts


if __name__ == "__main__":
    main()
