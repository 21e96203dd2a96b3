"""What we deploy of others under a licence that asks to be named, NOTICE names."""

import re
from importlib.metadata import distribution

from tests.example_settings import ROOT

COPYLEFT = re.compile(r"\b(A?GPL|LGPL|MPL|EPL|CDDL|EUPL)|General Public|Mozilla", re.IGNORECASE)


def test_notice_names_each_copyleft_package() -> None:
    """
    NOTICE lists the deployed packages under LGPL, MPL and the like: all of them, and no others.
    """
    required = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert len(required) > 20

    named = re.findall(
        r"^\| ([\w.-]+) +\| \S+ +\| https", (ROOT / "NOTICE").read_text(), re.MULTILINE
    )
    assert named == sorted(name for name in required if COPYLEFT.search(_licence(name)))


def test_notice_is_deployed() -> None:
    """
    NOTICE and LICENSE go where the packages go.
    """
    ignored = (ROOT / ".funcignore").read_text().splitlines()

    assert not {"NOTICE", "LICENSE"} & {*ignored}


def _licence(name: str) -> str:
    """Return what a package says of its licence; the text of a whole licence is not among it."""
    said = distribution(name).metadata
    short = (said.get("License") or "").partition("\n")[0]
    classifiers = [one for one in said.get_all("Classifier") or () if one.startswith("License ::")]

    return " ".join([said.get("License-Expression") or "", short, *classifiers])
