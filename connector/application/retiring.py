"""Retire the Spotler contacts that no row stands for any more, and spare those that are shared."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connector.application.end_person import end_person
from connector.application.find_sharers import Sharers, find_sharers
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.application.progress import Progress
from connector.domain.batch import Work
from connector.domain.contact import RecordKey
from connector.domain.decision import SKIP, Decision, OnDelete
from connector.domain.errors import (
    ContactRejectedError,
    OtherFirstError,
    PermanentError,
    PersonWaitsError,
    System,
    named,
)
from connector.domain.identity import find_bearer, own_external_id
from connector.domain.mapping_plan import MappingPlan
from connector.domain.outcome import NOT_NOW, UNFINISHED, Outcome
from connector.domain.sync_state import rejected

logger = logging.getLogger(__name__)

GONE = frozenset({Outcome.WITHDRAWN, Outcome.MERGED})
"""Who is deleted or merged stands for nobody any more: that waits for nothing that is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retiring:
    """What a batch retires, once all that it sends is sent."""

    progress: Progress
    decisions: Mapping[RecordKey, Decision]
    plan: MappingPlan
    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    on_delete: OnDelete

    async def wait_for_heirs(self) -> None:
        """Let a lead come back when its contact could not be sent: until then it is all there is.

        Where Spotler merges people by their address, sending the contact may also have renamed
        the lead's, and then there is nothing left to end.
        """
        waiting = [
            work
            for work, decision in self._decided()
            if decision.outcome is Outcome.HANDED_OVER
            and self._outcome_of_heir(work.key) in UNFINISHED
        ]
        if waiting:
            await self.progress.later(waiting, OtherFirstError("the contact must be sent before"))

    async def list_due(self) -> tuple[list[Work], list[Work]]:
        """Return the work that retires Spotler contacts now: what is gone, and all else.

        While a contact is refused, the place of its lead is all there is: that waits for it.
        """
        retiring = [work for work, _ in self._decided()]
        refused = [one for one in retiring if self.progress.outcomes[one.key] in UNFINISHED]
        await self._leave_to_leads(refused, OtherFirstError("the contact must be sent before"))

        due = [one for one in retiring if one not in refused]
        gone = [one for one in due if self.decisions[one.key].outcome in GONE]

        return gone, [one for one in due if one not in gone]

    async def retire(self, work: Sequence[Work]) -> None:
        """End Spotler contacts; which permissions there are is read anew, so that none is left.

        One that somebody alive shares comes back later, when they have it for themselves.
        """
        await self.marketing.check()
        shared = await self._find_sharers(work)
        stuck = shared.lost.keys() | shared.untold.keys()
        alone = [one for one in work if one.key not in stuck]
        # All have an answer before one fails the others: nothing goes on behind our back.
        answers = await asyncio.gather(*map(self._end, alone), return_exceptions=True)
        for answer in answers:
            if answer is not None:
                raise answer

        if shared.lost:
            lost = {row: one for one in work for row in shared.lost.get(one.key, ())}
            await self.progress.try_again.at_once([one.bring(row) for row, one in lost.items()])
            cause = OtherFirstError("who shares a contact must be sent before")
            await self._wait([one for one in work if one.key in shared.lost], cause)
        for one in work:
            if refusal := shared.untold.get(one.key):
                await self._wait_for_look(one, refusal)

    def _decided(self) -> Iterable[tuple[Work, Decision]]:
        """Return what is to be retired by all who do not come back later already."""
        return [
            (self.progress.snapshot.work[key], decision)
            for key, decision in self.decisions.items()
            if decision.retire and self.progress.outcomes[key] not in NOT_NOW
        ]

    async def _leave_to_leads(self, work: Iterable[Work], cause: PersonWaitsError) -> None:
        """Let leads come for their own Spotler contacts, which cannot be retired with their heir's.

        A lead that retires its own in this batch needs no other one to come.
        """
        leads = [
            one.bring(lead)
            for one in work
            for id_ in self.decisions[one.key].retire
            if (lead := find_bearer(one.key, id_)) and not self.decisions.get(lead, SKIP).retire
        ]
        await self.progress.try_again.later(leads, cause)

    def _outcome_of_heir(self, lead: RecordKey) -> Outcome | None:
        contact = self.progress.snapshot.successor(lead)

        return self.progress.outcomes.get(contact) if contact else None

    async def _wait(self, work: Sequence[Work], cause: PersonWaitsError) -> None:
        """Let what is shared be retired later; a contact that was sent is done all the same."""
        sent = [one for one in work if self._leaves_leads_alone(one)]
        await self._leave_to_leads(sent, cause)
        if others := [one for one in work if one not in sent]:
            await self.progress.later(others, cause)

    async def _wait_for_look(self, work: Work, refusal: PermanentError) -> None:
        """Let be retired later what Spotler does not show; in the end its own code is told."""
        is_spent = self.progress.try_again.back_off.is_spent(work.event.attempt)
        if is_spent and not self._leaves_leads_alone(work):
            code = refusal.code if isinstance(refusal, ContactRejectedError) else None
            await self.progress.fail(work, rejected(code))
        else:
            await self._wait([work], PersonWaitsError(str(refusal)))

    def _leaves_leads_alone(self, work: Work) -> bool:
        """Tell whether a contact was sent, and leaves only what leads can retire for it."""
        decision = self.decisions[work.key]

        return decision.contact is not None and own_external_id(work.key) not in decision.retire

    async def _find_sharers(self, work: Sequence[Work]) -> Sharers:
        ending = {
            one.key: self.decisions[one.key].retire
            for one in work
            if self.decisions[one.key].ends_by(self.on_delete) is not OnDelete.KEEP
        }

        with named(System.SPOTLER_WITHDRAWALS):
            return await find_sharers(
                ending,
                crm=self.crm,
                marketing=self.marketing,
                records=self.records,
                plan=self.plan,
                note=self.progress.try_again.note,
                gone=[key for key in ending if self.decisions[key].outcome in GONE],
            )

    async def _end(self, work: Work) -> None:
        """End all that a person leaves behind; Spotler not knowing a contact is fine."""
        decision = self.decisions[work.key]
        policy = decision.ends_by(self.on_delete)
        try:
            known = [
                await end_person(external_id, policy, marketing=self.marketing)
                for external_id in decision.retire
            ]
        except ContactRejectedError as exc:
            logger.warning("a contact could not be ended: %s", exc, extra={"record": work.key.id})
            await self.progress.fail(work, rejected(exc.code))
            return

        if decision.outcome is not Outcome.WITHDRAWN:
            return

        if not any(known) and self.progress.snapshot.state(work.key).etag is None:
            self.progress.note_unknown(work)
        elif policy is OnDelete.KEEP or not any(known):
            self.progress.note_untold(work)
