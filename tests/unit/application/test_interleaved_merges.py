"""Whatever the order and whoever crashes: a merge never allows what anybody refused."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import partial

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from connector.domain.decision import OnDelete
from tests.unit.application.interleaved_merges import (
    Asking,
    Deed,
    Kind,
    MergingOffice,
    complaints,
)
from tests.unit.application.interleaved_world import World
from tests.unit.application.interleaving import Interleaving, Limits, Queue, Script
from tests.unit.application.test_interleavings import CHOICES, IS_LONG, RUNS

pytestmark = pytest.mark.timeout(3600 if IS_LONG else 120)

deeds = st.builds(
    Deed,
    kind=st.sampled_from([*Kind, Kind.WRITE, Kind.MERGE, Kind.SAY_YES]),
    contact=st.sampled_from([11, 12, 13]),
    other=st.sampled_from([11, 12, 13]),
    lead=st.sampled_from([1, 2]),
    columns=st.sampled_from(
        [
            {"firstname": "Piet"},
            {"firstname": "Jan"},
            {"firstname": "Kees"},
            {"emailaddress1": None},
            {"emailaddress1": "piet@example.nl"},
        ]
    ),
    copies=st.sampled_from([1, 1, 2]),
)
people = [
    Deed(kind=Kind.WRITE, contact=number, other=number, lead=1, columns={}, copies=1)
    for number in (11, 12, 13)
]
stories = st.lists(deeds, min_size=2, max_size=12).map(lambda acts: people + acts)
scripts = st.builds(
    Script,
    st.binary(min_size=CHOICES, max_size=CHOICES),
    calm=st.sampled_from([100, 160, 200, 230]),
)
many = settings(max_examples=RUNS // 2, deadline=None, derandomize=not IS_LONG)


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("connector")
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("merges", [False, True], ids=["by id", "by address"])
@given(story=stories, script=scripts, hosts=st.integers(1, 3), mishaps=st.integers(0, 2))
@many
def test_no_merge_allows_what_was_refused(
    story: Sequence[Deed], script: Script, hosts: int, mishaps: int, *, merges: bool
) -> None:
    """
    Of people who are merged while others work the permission stays that all of them give.
    """
    queue = Queue()
    spotler = Asking(merges=merges)
    world = World(queue, OnDelete.WITHDRAW, spotler=spotler)
    office = MergingOffice(world, spotler)
    acts = {f"{number}: {deed}": partial(office.do, deed) for number, deed in enumerate(story)}
    interleaving = Interleaving(world.work, queue, script, acts=acts, limits=Limits(hosts, mishaps))
    try:
        asyncio.run(interleaving.run())
    finally:
        note("\n".join(interleaving.history))

    assert [*complaints(world, office)] == []
