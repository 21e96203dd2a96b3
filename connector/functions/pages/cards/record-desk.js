// What the card of records knows and does: which list is open, and what was sent again from it.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { download } from '../download.js';
import { t } from '../i18n.js';
import { pagesOfAll } from './brake.js';

const CALM_MS = 30_000;
const BUSY_MS = 2_000;
const RECOUNT_MS = 6_000; // a count may be five seconds old
const PATIENCE_MS = 90_000; // after this a record that was sent need not move any more

export const keyOf = ({ table, id }) => `${table}-${id}`;

export class RecordDesk {
  status = null; // which list is open
  filter = { reason: '', table: '', since: '', notes: false };
  records = null;
  cursor = null;
  problem = null;
  isLoading = false;
  waiting = new Map(); // what was sent, by key: when it was seen to change last, and until when to look
  sweep = null; // sending all: how many so far, and whether to go on
  ended = null; // what became of those that were sent: gone, here again, or not seen to move
  cutAt = null; // how many the last file holds, when that was not all
  #ends = null; // the same, for as long as some are waited for
  #turn = 0; // an answer to an earlier question is not shown
  #timer = null;
  #counted = null;
  #recounting = null;

  constructor(page, counts) {
    Object.assign(this, { page, counts });
    counts.follow(() => this.#keepUp());
    document.addEventListener('visibilitychange', () => { if (!document.hidden && this.status) this.reload(); });
  }

  // The list is read anew when its number is another.
  #keepUp() {
    const count = this.counts.value?.[this.status];
    if (this.status && count !== this.#counted) this.reload();
    this.#counted = count;
  }

  open(status) {
    this.status = this.status === status ? null : status;
    this.filter = { reason: '', table: '', since: '', notes: false };
    this.waiting.clear();
    Object.assign(this, {
      records: null, cursor: null, problem: null, sweep: null, ended: null, cutAt: null,
    });
    this.#counted = this.counts.value?.[this.status];
    if (this.status) this.reload();
    else clearTimeout(this.#timer);
    this.page.redraw();
  }

  narrow(change) {
    Object.assign(this.filter, change);
    this.waiting.clear();
    Object.assign(this, {
      records: null, cursor: null, sweep: null, ended: null, cutAt: null,
    });
    this.reload();
  }

  // Reads as many as are shown, and goes on looking from time to time.
  async reload() {
    const wanted = this.records?.length ?? 1;
    await this.#load(async () => {
      let page = await this.page.api.get(this.#path());
      const records = [...page.records];
      while (records.length < wanted && page.cursor) {
        page = await this.page.api.get(this.#path(page.cursor));
        records.push(...page.records);
      }

      return { records, cursor: page.cursor };
    });
    this.#lookAtWaiting();
    if (this.#isOther) this.#recount();
    this.#wait();
  }

  // Reads list and numbers anew, after somebody was sent who may have moved.
  lookAgain() {
    if (this.status) this.reload();
    this.#recount();
  }

  refresh() { return Promise.all([this.reload(), this.counts.refresh()]); }

  async more() {
    await this.#load(async () => {
      const page = await this.page.api.get(this.#path(this.cursor));

      return { records: [...this.records, ...page.records], cursor: page.cursor };
    });
  }

  async send(records) {
    await this.#try(async () => {
      const { sent } = await this.page.api.post('/records/send', { records: records.map(({ table, id }) => ({ table, id })) });
      if (sent) this.expect(records);
      announce(t(sent ? 'records.sent' : 'records.not_sent', { count: sent }));
    });
  }

  // Keeps an eye on records that were sent, wherever that was.
  expect(records) {
    const until = Date.now() + PATIENCE_MS;
    if (!this.waiting.size) this.#ends = { gone: 0, again: 0, late: 0 };
    this.ended = null;
    for (const record of records) this.waiting.set(keyOf(record), { before: record.changed_at, until });
    this.#wait();
  }

  // How many there are of what send-all would send, without those whom it cannot help; null while
  // that is not known.
  get size() { return this.filter.table ? null : this.#count(({ can_be_sent: can }) => can); }

  // Whether sending again can help anybody in this list.
  get canHelp() { return this.#count(({ can_be_sent: can }) => can) > 0; }

  #count(counts) {
    return this.counts.value.reasons
      .filter((one) => one.status === this.status && (!this.filter.reason || one.reason === this.filter.reason) && counts(one))
      .reduce((sum, { count }) => sum + count, 0);
  }

  async sendAll() {
    const sweep = { sent: 0, skipped: 0, isRunning: true, isStopped: false };
    this.sweep = sweep;
    announce(t('records.all.began'));
    await this.#try(async () => {
      const wanted = { status: this.status, reason: this.filter.reason || null, table: this.filter.table || null };
      for await (const page of pagesOfAll(this.page.api, wanted)) {
        if (page === null) this.sweep = null; // somebody thought better of it
        sweep.sent += page?.sent ?? 0;
        sweep.skipped += (page?.skipped ?? []).reduce((sum, { count }) => sum + count, 0);
        this.page.redraw();
        sweep.isStopped ||= page === null;
        if (sweep.isStopped) break;
      }
    });
    sweep.isRunning = false;
    if (this.problem) sweep.isStopped = true;
    if (this.sweep === sweep) this.expect((this.records ?? []).filter((one) => one.can_be_sent));
    announce(t(sweep.isStopped ? 'records.all.stopped' : 'records.all.done', { count: sweep.sent }));
    this.page.redraw();
  }

  stop() {
    this.sweep.isStopped = true;
    this.page.redraw();
  }

  async export() {
    await this.#try(async () => {
      const file = await this.page.api.file(this.#path(null, '/records/export'));
      download(`records-${this.status}.csv`, file.content);
      this.cutAt = file.cutAt;
    });
  }

  #path(cursor = null, route = '/records') {
    const { reason, table, since, notes } = this.filter;
    const query = new URLSearchParams(Object.entries({
      status: this.status, reason, table, since, notes: notes ? 'true' : '', cursor,
    }).filter(([, value]) => value));

    return `${route}?${query}`;
  }

  async #load(read) {
    this.#turn += 1;
    const turn = this.#turn;
    this.isLoading = true;
    this.page.redraw();
    try {
      const found = await read();
      if (turn === this.#turn) Object.assign(this, found, { problem: null });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (turn === this.#turn) this.problem = problem;
    }
    if (turn !== this.#turn) return;
    this.isLoading = false;
    this.page.redraw();
  }

  async #try(act) {
    this.problem = null;
    try {
      await act();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.problem = problem;
    }
    this.page.redraw();
  }

  // A record has moved when it left the list, or changed in it.
  #lookAtWaiting() {
    if (!this.waiting.size || this.problem || !this.records) return;

    const shown = new Map(this.records.map((record) => [keyOf(record), record]));
    for (const [key, { before, until }] of this.waiting) {
      const now = shown.get(key);
      const end = !now ? 'gone' : now.changed_at !== before ? 'again' : Date.now() > until ? 'late' : null;
      if (end) {
        this.#ends[end] += 1;
        this.waiting.delete(key);
      }
    }
    if (!this.waiting.size) this.#tellEnd();
    this.page.redraw();
  }

  // Says what became of all that were sent, instead of that they were.
  #tellEnd() {
    const { gone, again, late } = this.#ends;
    this.ended = this.#ends;
    if (!this.sweep?.isRunning && this.sweep?.sent <= gone + again + late) this.sweep = null;
    if (again) announce(t(`records.ended.again.${this.status}`, { count: again }));
    else if (gone) announce(t('records.moved', { count: this.records.length }));
    this.#recount();
  }

  // The list is newer than the numbers, which the server counts only so often.
  #recount() {
    clearTimeout(this.#recounting);
    this.counts.refresh();
    this.#recounting = setTimeout(() => this.counts.refresh(), RECOUNT_MS);
  }

  get #isOther() {
    const { reason, table, since, notes } = this.filter;

    return this.records && !this.cursor && !(reason || table || since || notes) && this.records.length !== this.counts.value?.[this.status];
  }

  #wait() {
    clearTimeout(this.#timer);
    if (!this.status || document.hidden || this.problem?.isSignedOut) return;
    this.#timer = setTimeout(() => this.reload(), this.waiting.size ? BUSY_MS : CALM_MS);
  }
}
