"""Let the row that others were merged into keep the stricter of both permissions."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.application.find_masters import Master, find_masters
from connector.application.merged_places import MergedPlaces
from connector.application.merged_row import Merge, find_word_elsewhere
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.application.settled_merges import SettledMerges
from connector.application.tighten import withdraw_refused
from connector.domain.batch import Work
from connector.domain.contact import OPTED_OUT, Account, RecordKey
from connector.domain.decision import Decision
from connector.domain.errors import ConfigurationError, ContactRejectedError, PermanentError
from connector.domain.mapping_plan import MappingPlan
from connector.domain.permission import Permissions, is_memory_lost, list_refused
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import SyncState, has_opted_out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What both rows of a merge allow; nothing where the merged one says nothing.

    Its word may stand in the place of somebody else, who has its address.
    """

    merge: Merge
    master: Master
    said: Permissions | None = None
    held: Permissions | None = None
    is_own_place: bool = True

    @property
    def refused(self) -> Collection[int]:
        """Return what the merged row's own place allows, and the master does not."""
        is_left = self.is_own_place and not self.merge.let_go
        if not is_left or self.said is None or self.held is None:
            return frozenset()

        return list_refused(self.said, self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSettling:
    """The settling of the merges of a batch: each once, for the account that is connected.

    Once the merged row is switched off it says nothing any more: where a state names the account
    it is never looked at again. A master that Spotler does not know has to be sent before.
    """

    decisions: Mapping[RecordKey, Decision]
    snapshot: Snapshot
    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    plan: MappingPlan
    account: Account
    now: datetime
    note: Callable[[ConfigurationError], None]
    settled: SettledMerges = field(default_factory=SettledMerges)

    def list_due(self) -> list[Work]:
        """Return the work of the merged rows that are not settled yet."""
        return [self.snapshot.work[one.state.key] for one in self._merges()]

    async def settle(self, work: Sequence[Work]) -> None:
        """Let each master and its merged row allow only what both did, and note that it was done.

        What is switched off may be our doing. Whoever does that has noted it before, so what either
        said counts while no state has changed since. A master that was merged meanwhile is too late
        for its own master: its merged rows come back for that one.
        """
        # What is hidden by now tells nothing.
        await self.marketing.check()
        keys = {one.key for one in work}
        merges = [one for one in self._merges() if one.state.key in keys]
        masters = await self._find_masters({one.master for one in merges})
        told = [*filter(None, await _all(self._ask(one, masters[one.master]) for one in merges))]
        raced = await self._list_raced(told)
        self.settled.lost.extend(raced)
        done = await _all(self._tighten(one) for one in told if one.merge.state.key not in raced)
        await self._note(list(filter(None, done)), masters)

    def _merges(self) -> Iterable[Merge]:
        for one in self.decisions.values():
            if one.master and one.state and self.account not in one.state.settled_in:
                let_go = self.snapshot.let_go.get(one.state.key)
                known = self.snapshot.remembered(one.state.key)
                for id_ in one.retire:
                    yield Merge(
                        master=one.master,
                        state=one.state,
                        id=let_go or id_,
                        let_go=let_go is not None,
                        is_memory_lost=is_memory_lost(known, was_known=let_go is not None),
                        opted_out=has_opted_out(known),
                    )

    async def _find_masters(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Master]:
        return await find_masters(keys, crm=self.crm, records=self.records, plan=self.plan)

    async def _ask(self, merge: Merge, master: Master) -> _Told | None:
        """Return a merge with what both rows allow, unless Spotler refuses to tell.

        A merged row that Spotler does not know, nor its address, says nothing; nor does one of
        which all is off where our memory is lost: we may have switched it off ourselves. Who left
        Spotler refuses everything.
        """
        key = merge.state.key
        try:
            said, has_left = await self._find_own_word(merge)
            is_own_place = said is not None
            if said is None and not merge.let_go:
                self.settled.unknown.append(key)
                said = await find_word_elsewhere(
                    merge, self.snapshot.records.get(key), marketing=self.marketing, plan=self.plan
                )
            is_doubtful = merge.is_memory_lost and not has_left
            if said is None or (is_doubtful and not any(said.values())):
                return _Told(merge=merge, master=master)

            held = await self.marketing.find_permissions(master.id)
        except PermanentError as exc:
            self.settled.refused[key] = exc
            return None

        return _Told(merge=merge, master=master, said=said, held=held, is_own_place=is_own_place)

    async def _find_own_word(self, merge: Merge) -> tuple[Permissions | None, bool]:
        """Return what a merged row's own place allows, and whether its person left Spotler."""
        try:
            said = await self.marketing.find_permissions(merge.id)
        except ContactRejectedError as exc:
            if exc.code != OPTED_OUT:
                raise
            return {}, True

        return ({}, True) if said is None and merge.opted_out else (said, False)

    async def _list_raced(self, told: Sequence[_Told]) -> Collection[RecordKey]:
        """Return the merged rows of which another worker wrote the state since, or the master's."""
        read = {one.master.key: one.master.state for one in told}
        read |= {one.merge.state.key: one.merge.state for one in told}
        now = await self.records.list_states(read)
        changed = {key for key, known in read.items() if _etag(now.get(key)) != _etag(known)}
        pairs = [(one.merge.state.key, one.master.key) for one in told]

        return [merged for merged, master in pairs if changed & {merged, master}]

    async def _tighten(self, told: _Told) -> Merge | None:
        """Let both allow only what both did; return the merge if that was done.

        Both are tightened: where the account recognises people by their address, either may be what
        is left of the two.
        """
        merge, master = told.merge, told.master
        if told.said is None:
            return merge

        try:
            if first := await self._find_first(told):
                self.settled.waiting[merge.state.key] = first
                return None

            if told.held is not None:
                await withdraw_refused(self.marketing, master.id, told.held, told.said)
                if told.refused:
                    await self.marketing.withdraw_permissions(merge.id, told.refused)
        except PermanentError as exc:
            self.settled.refused[merge.state.key] = exc
            return None

        return merge

    async def _find_first(self, told: _Told) -> RecordKey | None:
        """Return who must be sent before a merge is settled."""
        places = MergedPlaces(self.crm, self.marketing, self.records, self.plan, self.note)
        if told.held is None:
            return await places.find_first(told.merge, told.master)

        return await places.find_sharer(told.merge, told.master) if told.refused else None

    async def _note(self, merges: Sequence[Merge], masters: Mapping[RecordKey, Master]) -> None:
        """Note what is done, but where the master stands for nobody any more by now."""
        if not merges:
            return

        ends = await self._find_masters({masters[one.master].key for one in merges})
        late = [key for key, end in ends.items() if end.key != key]
        states = [self._settled(one) for one in merges if masters[one.master].key not in late]
        lost = {*await self.records.save(states)}
        lost |= {one.state.key for one in merges if masters[one.master].key in late}
        self.settled.lost.extend(lost)
        kept = {one.key: one for one in states if one.key not in lost}
        written = await self.records.list_states(kept)
        self.settled.written.update(kept | {**written})

    def _settled(self, merge: Merge) -> SyncState:
        """Return a state in which a merge is settled: until the row is ended it is not over."""
        return replace(
            self.snapshot.remembered(merge.state.key),
            external_id=merge.state.external_id,
            fingerprint=None,
            successor=merge.state.successor,
            changed_at=self.now,
            settled_in=merge.state.settled_in | {self.account},
        )


def _etag(state: SyncState | None) -> str | None:
    return state.etag if state else None


async def _all[T](calls: Iterable[Awaitable[T]]) -> list[T]:
    """Return all answers; each has one before an error is raised: nothing goes on unseen."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer

    return [answer for answer in answers if not isinstance(answer, BaseException)]
