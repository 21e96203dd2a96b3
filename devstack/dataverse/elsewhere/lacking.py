"""Tell what Dataverse has and the simulator lacks from what nobody has.

The lists beside this module name what Microsoft's reference documents; `properties.txt` has the
name of a table, or of a kind of metadata, above its properties.
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/about
"""

from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).parent


def has_set(name: str) -> bool:
    """Tell whether Dataverse has an entity set of this name."""
    return name in _SETS


def has_operation(name: str) -> bool:
    """Tell whether Dataverse has an action or function of this name."""
    return name in _OPERATIONS


def has_property(table: str, name: str) -> bool:
    """Tell whether Dataverse has a property of this name on a table; a lookup goes by either."""
    known = _PROPERTIES.get(table, frozenset())

    return name in known or name.removeprefix("_").removesuffix("_value") in known


def _names(file: str) -> frozenset[str]:
    return frozenset((_HERE / file).read_text().split())


def _by_table(file: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    table = ""
    for line in (_HERE / file).read_text().splitlines():
        if line.startswith(" "):
            found[table].update(line.split())
        else:
            found[table := line] = set()

    return {name: frozenset(names) for name, names in found.items()}


_SETS = _names("sets.txt")
_OPERATIONS = _names("operations.txt")
_PROPERTIES = _by_table("properties.txt")
