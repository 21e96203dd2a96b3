"""Run the simulated Dataverse: `python -m devstack.dataverse --port 0`."""

import argparse
import ast
import dataclasses
import inspect
import itertools
from collections.abc import Mapping

from devstack.dataverse.events.options import EventOptions, parse_options
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.sanity import find_complaint
from devstack.dataverse.simulator import DataverseSimulator
from devstack.serving import parser_for, run

_DESCRIPTION = """
A strict simulator of Dataverse with its webhooks, and of Entra that gives its tokens. Prints one
JSON line when it listens: part, url, authority, token_url, tenant_id, client_id, client_secret,
organisation_id, application_user_id, view, faults, ca_file (with --tls).

  GET    /_devstack/                the view: contacts and leads, to look at and to change by hand
  PUT    /_devstack/faults          break answers: [{"path": "/", "kind": "status", "status": 500}],
                                    kind is status, reset, reset_after, latency or garbage;
                                    more: method, times, after, rate, retry_after, seconds
  POST   /_devstack/seed            make up people: count, seed, table, events
  POST   /_devstack/webhook         register a webhook: url, headers, tables, filtering, images
  GET    /_devstack/events          counts and options of the events; PUT replaces the options
  GET    /_devstack/events/idle     wait until every event is delivered
  GET    /_devstack/tables/{table}  all rows of a table
  any    /_devstack/user/{path}     the Web API without a token, as a person
  DELETE /_devstack/tokens          make all tokens worthless
  POST   /_devstack/reset           empty the tables, and make the columns usual again
  any    /_devstack/columns/{table}  what differs about columns; PUT, DELETE, POST to a column of it
  POST   /_devstack/restore/{table}/{id}  bring a deleted row back
"""
_BASIC = frozenset({"host", "port"})


def main() -> None:
    """Start the simulator with the options of the command line."""
    parser = parser_for("dataverse", _DESCRIPTION)
    texts = _help_texts()
    for field in dataclasses.fields(DataverseOptions):
        if field.name not in _BASIC:
            _add(parser, field, texts.get(field.name, ""))

    options = DataverseOptions(**vars(parser.parse_args()))
    if complaint := find_complaint(options):
        parser.error(complaint)

    run(DataverseSimulator(options))


def _add(parser: argparse.ArgumentParser, field: "dataclasses.Field[object]", text: str) -> None:
    name = f"--{field.name.replace('_', '-')}"
    default = getattr(DataverseOptions(), field.name)
    if field.name == "events":
        parser.add_argument(name, type=_events, default=default, metavar="JSON", help=text)
    elif isinstance(default, bool):
        parser.add_argument(name, action=argparse.BooleanOptionalAction, default=default, help=text)
    elif isinstance(default, frozenset):
        parser.add_argument(name, type=_names, default=default, metavar="A,B", help=text)
    else:
        parser.add_argument(name, type=type(default), default=default, help=text)


def _events(text: str) -> EventOptions:
    try:
        return parse_options(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


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
