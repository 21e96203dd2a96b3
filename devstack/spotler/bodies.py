"""Reading JSON bodies: what is malformed is refused, what is unknown is said loudly."""

from collections.abc import Mapping

from devstack.spotler.answers import NotSimulated, invalid

type Body = Mapping[str, object]


def members(body: object, *known: str, of: str) -> Body:
    """Return a body that is an object with known members only."""
    if not isinstance(body, dict):
        raise invalid(f"{of} must be an object")

    for name in body:
        if name not in known:
            raise NotSimulated(f"{of} has a member {name!r} that the contract does not have")

    return body


def text(body: Body, name: str) -> str:
    """Return a member that must be a text with something in it."""
    value = optional_text(body, name)
    if not value:
        raise invalid(f"{name} is required")

    return value


def optional_text(body: Body, name: str) -> str | None:
    """Return a member that may be left out, null or a text."""
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value

    raise invalid(f"{name} must be a text")


def flag(body: Body, name: str) -> bool:
    """Return a member that is false when it is left out or null."""
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)

    raise invalid(f"{name} must be true or false")


def objects(body: Body, name: str) -> list[object]:
    """Return a member that is a list, empty when it is left out or null."""
    value = body.get(name)
    if value is None:
        return []

    if isinstance(value, list):
        return value

    raise invalid(f"{name} must be a list")


def mapping(body: Body, name: str) -> dict[str, object]:
    """Return a member that is an object, empty when it is left out or null."""
    value = body.get(name)
    if value is None:
        return {}

    if isinstance(value, dict):
        return value

    raise invalid(f"{name} must be an object")


def texts(body: Body, name: str) -> list[str]:
    """Return a member that is a list of texts, empty when it is left out or null."""
    values = objects(body, name)
    if all(isinstance(value, str) for value in values):
        return [str(value) for value in values]

    raise invalid(f"{name} must be a list of texts")
