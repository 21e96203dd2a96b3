"""What every shape of the manage routes has in common, and how one is read from a call."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from connector.domain.errors import InvalidEventError


class Shape(BaseModel):
    """Refuses what it does not know, and never repeats it.

    What reads a shape is built when it first comes: an app that wakes up is waited for.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )

    def audit_names(self) -> Sequence[str]:
        """Return the ids, kinds and numbers that an audit keeps of it: never a person's value."""
        return ()


def parse_body[Kind: Shape](kind: type[Kind], body: bytes) -> Kind:
    """Read the body of a call; raises `InvalidEventError` that names each member that is wrong."""
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as exc:
        raise InvalidEventError(_faults(kind, exc)) from exc


def parse_query[Kind: Shape](kind: type[Kind], query: Mapping[str, str]) -> Kind:
    """Read the query of a call; raises `InvalidEventError` that names each member that is wrong.

    An empty parameter is one that is not there.
    """
    try:
        return kind.model_validate({name: value for name, value in query.items() if value})
    except ValidationError as exc:
        raise InvalidEventError(_faults(kind, exc)) from exc


def _faults(kind: type[Shape], exc: ValidationError) -> str:
    """Say what is wrong without a value; the name of a member that is not ours is as foreign."""
    faults = {}
    for error in exc.errors(include_input=False, include_url=False, include_context=False):
        name = str(error["loc"][0]) if error["loc"] else "the body"
        known = name if name in kind.model_fields or name == "the body" else "an unknown member"
        said = error["msg"].removeprefix("Value error, ")
        faults[known] = said[:1].lower() + said[1:]

    return "; ".join(f"{name}: {said}" for name, said in faults.items())
