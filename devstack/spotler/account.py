"""One Spotler account: its switches and all that it holds."""

from devstack.spotler import seeds
from devstack.spotler.campaign_store import Automations, Campaigns
from devstack.spotler.dates import Clock
from devstack.spotler.fields import Catalogue
from devstack.spotler.list_store import Lists
from devstack.spotler.options import SpotlerOptions
from devstack.spotler.people import People
from devstack.spotler.post import Post, TrendReport
from devstack.spotler.validation import Code
from devstack.spotler.waiting import Changes


class Account:
    """Everything that Spotler keeps for one customer."""

    fields: Catalogue
    people: People
    lists: Lists
    campaigns: Campaigns
    automations: Automations
    post: Post
    trend_reports: list[TrendReport]
    refusals: dict[str, Code]
    gone: set[str]

    def __init__(self, options: SpotlerOptions, clock: Clock) -> None:
        self._first_options = options
        self.clock = clock
        self.changes = Changes()
        self.reset()

    def reset(self) -> None:
        """Forget everything and begin as a fresh account with its first switches."""
        self.options = self._first_options
        self.fields = Catalogue(seeds.fields())
        self.people = People(self.clock, self.changes)
        self.lists = Lists(seeds.lists(self.clock()))
        self.campaigns = Campaigns(seeds.campaigns())
        self.automations = Automations(seeds.automations())
        self.post = Post(seeds.mailings(self.clock()), self.clock)
        self.trend_reports = seeds.trend_reports(self.clock())
        self.refusals = {}
        self.gone = set()
        self.changes.notify()
