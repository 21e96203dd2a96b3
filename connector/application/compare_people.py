"""Compare people with what Spotler holds of them, as far as it tells in a bounded time."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connector.application.people_page import CALLS_SIDE_BY_SIDE
from connector.application.ports import MarketingGateway
from connector.domain.contact import MarketingContact, RecordKey
from connector.domain.errors import (
    ConfigurationError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

LONGEST_SECONDS = 60

type Differences = Mapping[RecordKey, Mapping[str, bool] | None]
"""Which properties differ, by contact, and of each if Spotler has a value; None for a new one."""


async def compare_people(
    contacts: Mapping[RecordKey, MarketingContact],
    *,
    marketing: MarketingGateway,
    longest: float = LONGEST_SECONDS,
) -> Differences:
    """Return how people differ; who could not be looked up, or not in time, is left out.

    Raises what concerns everybody: that we must wait, that a setting is wrong, or that nobody
    could be looked up.
    """
    comparison = _Comparison(marketing, iter(contacts.items()), _now() + longest)
    workers = (comparison.run() for _ in range(CALLS_SIDE_BY_SIDE))
    # All have an answer before one fails the others: nothing goes on behind our back.
    for answer in await asyncio.gather(*workers, return_exceptions=True):
        if answer is not None:
            raise answer

    if comparison.failures and not comparison.found:
        raise comparison.failures[0]

    return comparison.found


@dataclass(slots=True)
class _Comparison:
    marketing: MarketingGateway
    left: Iterator[tuple[RecordKey, MarketingContact]]
    until: float
    found: dict[RecordKey, Mapping[str, bool] | None] = field(default_factory=dict)
    failures: list[TransientError] = field(default_factory=list)

    async def run(self) -> None:
        """Look up one after the other, for as long as there are any and nobody else gives up."""
        while _now() < self.until and (one := next(self.left, None)):
            key, contact = one
            try:
                self.found[key] = await self.marketing.find_differences(contact)
            except PermanentError:
                continue
            except (RateLimitedError, ConfigurationError):
                self.left = iter(())
                raise
            except TransientError as exc:
                self.failures.append(exc)


def _now() -> float:
    return asyncio.get_running_loop().time()
