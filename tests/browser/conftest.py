"""A real browser on a real stack, with somebody who signs in as people do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Unpack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from devstack.stack import Stack, StackOptions
from devstack.stack.process import Launch
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.visitor import Visitor, Wishes
from tests.integration.conftest import Local

expect.set_options(timeout=30_000)  # a busy machine is slow, and not wrong

type Visit = Callable[..., Awaitable[Visitor]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say loudly which tests need a browser that is not there."""
    if CHROMIUM is not None:
        return

    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.skip(reason="NOT RUN: Chromium must be installed"))


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Return how the module wants its stack; a module may have its own."""
    return StackOptions(settings={"RETRY_FIRST_SECONDS": "0.1"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(stack_options: StackOptions, launch: Launch) -> AsyncIterator[Local]:
    async with Stack(replace(stack_options, launch=launch)) as stack:
        yield Local.of(stack)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visit(local: Local, browser: Browser) -> AsyncIterator[Visit]:
    """Return what opens the page in a browser of its own; in the end none has complained."""
    visitors: list[Visitor] = []

    async def open_page(**wishes: Unpack[Wishes]) -> Visitor:
        visitor = await Visitor.arrive(browser, local.stack.address, **wishes)
        visitors.append(visitor)

        return visitor

    yield open_page

    for visitor in visitors:
        await visitor.leave()
        assert visitor.complaints == []
