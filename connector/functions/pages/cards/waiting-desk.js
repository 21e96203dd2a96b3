// What the diagnose card does: sends again or discards what waits for somebody, and reads anew.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { ask } from '../dialog.js';
import { el } from '../dom.js';
import { t } from '../i18n.js';

const AT_ONCE = 100;

export class WaitingDesk {
  busy = null; // which action is under way
  said = null; // { count, word } or { problem }

  constructor(page, parked, dead) {
    Object.assign(this, { page, parked, dead });
  }

  sendParked(ids) {
    return this.#run('parked', 'sent', ids, (some) => this.page.api.post('/parked/send', { ids: some }));
  }

  async discardParked(ids) {
    const sure = await ask({
      title: t('diagnose.discard.title', { count: ids.length }),
      body: el('p', {}, t('diagnose.discard.text')),
      confirm: t('diagnose.discard.confirm'),
      danger: true,
    });
    if (!sure) return;

    await this.#run('parked', 'discarded', ids, (some) => this.page.api.post('/parked/discard', { ids: some }));
  }

  sendDead(queue, numbers) {
    return this.#run(queue, 'sent', numbers, (some) => this.page.api.post('/dead-letters/send', { queue, sequence_numbers: some }));
  }

  // Tells for good what became of so many; a refusal half-way says how far it came.
  async #run(what, word, ids, act) {
    Object.assign(this, { busy: what, said: null });
    this.page.redraw();
    let count = 0;
    try {
      for (let at = 0; at < ids.length; at += AT_ONCE) count += (await act(ids.slice(at, at + AT_ONCE)))[word];
      this.said = { what, word, count };
      announce(t(`diagnose.done.${word}`, { count }));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.said = { what, problem };
    }
    await Promise.all([this.parked.refresh(), this.dead.refresh()]);
    this.busy = null;
    this.page.redraw();
  }
}
