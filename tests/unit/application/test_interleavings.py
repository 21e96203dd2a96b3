"""Whatever the order and whoever crashes: at rest Spotler holds what the CRM holds, each once."""

import asyncio
import logging
import os
from collections.abc import Iterator, Sequence
from functools import partial

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from connector.domain.decision import OnDelete
from tests.unit.application.interleaved_office import Deed, Kind, Office
from tests.unit.application.interleaved_rest import AtRest, AtRestMerged
from tests.unit.application.interleaved_world import REFUSED, Spotler, World
from tests.unit.application.interleaving import Interleaving, Limits, Queue, Script

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
RUNS = 20_000 if IS_LONG else 400
"""Are the interleavings of each test; `HYPOTHESIS_PROFILE=long` takes a quarter of an hour."""

CHOICES = 200

pytestmark = pytest.mark.timeout(3600 if IS_LONG else 120)

deeds = st.builds(
    Deed,
    kind=st.sampled_from(Kind),
    lead=st.sampled_from([1, 2]),
    contact=st.sampled_from([11, 12]),
    columns=st.sampled_from(
        [
            {"firstname": "Piet"},
            {"firstname": "Jan"},
            {"firstname": None},
            {"emailaddress1": None},
            {"emailaddress1": "jan@example.nl"},
            {"lastname": REFUSED},
            {"lastname": "Jansen"},
        ]
    ),
    copies=st.sampled_from([1, 1, 2]),
    clears_links=st.booleans(),
)
stories = st.lists(deeds, min_size=2, max_size=14)
scripts = st.builds(
    Script,
    st.binary(min_size=CHOICES, max_size=CHOICES),
    calm=st.sampled_from([100, 160, 200, 230]),
)
hosts = st.integers(2, 4)
many = settings(max_examples=RUNS, deadline=None, derandomize=not IS_LONG)
few = settings(many, max_examples=RUNS // 2)


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """Keep the warnings of some ten thousand lost races to ourselves."""
    logger = logging.getLogger("connector")
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(logging.NOTSET)


@pytest.mark.feature("F66", "F67", "F68")
@pytest.mark.parametrize("policy", OnDelete)
@given(story=stories, script=scripts, hosts=hosts)
@many
def test_order_never_matters(
    policy: OnDelete, story: Sequence[Deed], script: Script, hosts: int
) -> None:
    """
    Hosts that work side by side, on events in any order and twice, end with the newest of all.
    """
    assert _play(policy, story, script, Limits(hosts, mishaps=0)) == []


@pytest.mark.feature("F66", "F67", "F68")
@pytest.mark.parametrize("policy", OnDelete)
@given(story=stories, script=scripts, hosts=hosts, mishaps=st.integers(1, 3))
@many
def test_mishaps_never_matter(
    policy: OnDelete, story: Sequence[Deed], script: Script, hosts: int, mishaps: int
) -> None:
    """
    Crashes, expired locks, and calls that fail before or after their work was done change nothing.
    """
    assert _play(policy, story, script, Limits(hosts, mishaps)) == []


@pytest.mark.feature("F66", "F68", "F69")
@pytest.mark.parametrize("policy", [OnDelete.WITHDRAW, OnDelete.ANONYMISE])
@given(story=stories, script=scripts, hosts=st.integers(1, 3), mishaps=st.integers(0, 2))
@many
def test_merged_people_never_matter(
    policy: OnDelete, story: Sequence[Deed], script: Script, hosts: int, mishaps: int
) -> None:
    """
    Where Spotler merges people by address, nobody alive loses a permission with somebody else.
    """
    assert _play(policy, story, script, Limits(hosts, mishaps), merges=True) == []


def _deed(kind: Kind, contact: int = 11) -> Deed:
    piet = {"firstname": "Piet"}

    return Deed(kind=kind, lead=1, contact=contact, columns=piet, copies=1, clears_links=True)


FORGOTTEN_HEIR = [
    _deed(Kind.WRITE_LEAD),
    _deed(Kind.NAME_LEAD),
    _deed(Kind.WRITE_CONTACT),
    _deed(Kind.QUALIFY, contact=12),
    _deed(Kind.DELETE_CONTACT, contact=12),
]
DELETED_LEAD = [
    _deed(Kind.WRITE_LEAD),
    _deed(Kind.QUALIFY_ALONE),
    _deed(Kind.NAME_LEAD),
    _deed(Kind.DELETE_LEAD),
]


@pytest.mark.feature("F66", "F68")
@pytest.mark.parametrize(
    "story",
    [
        pytest.param(FORGOTTEN_HEIR, id="forgotten heir"),
        pytest.param(DELETED_LEAD, id="deleted lead"),
    ],
)
@given(policy=st.sampled_from(OnDelete), script=scripts, hosts=hosts)
@few
def test_cleared_links_never_matter(
    story: Sequence[Deed], policy: OnDelete, script: Script, hosts: int
) -> None:
    """
    Whoever is left when a deletion clears a link is in Spotler, as what the CRM still tells.
    """
    assert _play(policy, story, script, Limits(hosts, mishaps=0)) == []


def _play(
    policy: OnDelete, story: Sequence[Deed], script: Script, limits: Limits, *, merges: bool = False
) -> list[str]:
    """Return what is wrong when the story came to its end."""
    queue = Queue()
    world = World(queue, policy, spotler=Spotler(merges=merges))
    office = Office(world)
    acts = {f"{number}: {deed}": partial(office.do, deed) for number, deed in enumerate(story)}
    interleaving = Interleaving(world.work, queue, script, acts=acts, limits=limits)
    try:
        asyncio.run(interleaving.run())
    finally:
        note("\n".join(interleaving.history))

    rest = AtRestMerged if merges else AtRest

    return rest(world, office, interleaving.mishaps).complaints()
