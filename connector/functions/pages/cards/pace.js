// How far a job is, and how long it still takes: said so that it does not jump about.

import { duration, t } from '../i18n.js';

const MARKS = [25, 50, 75, 100];
const EARLY_SECONDS = 30;
const EARLY_PERCENT = 2;
const STEADY = 0.25;

// Null while nobody knows: nothing is counted before the first page is done.
export function percentOf(job) {
  if (job.state === 'done') return 100;
  if (!job.total || (job.done === 0 && isMoving(job))) return null;

  return Math.min(99, Math.floor((100 * job.done) / job.total));
}

export const isMoving = (job) => job.state === 'running' && !job.waits_until;

export const isWaiting = (job) => job.state === 'running' && Boolean(job.waits_until);

const promised = new Map();

// How long is left, in words; null while that is not known. What was said before stays as long as
// it is about right.
export function leftOf(job, now = Date.now()) {
  const isEarly = now - new Date(job.started_at).getTime() < EARLY_SECONDS * 1000 && (percentOf(job) ?? 0) < EARLY_PERCENT;
  if (job.state !== 'running' || job.seconds_left === null || isEarly) return null;

  const before = promised.get(job.id);
  const still = before && (before - now) / 1000;
  const isRight = before && Math.abs(still - job.seconds_left) <= STEADY * job.seconds_left;
  if (!isRight) promised.set(job.id, now + job.seconds_left * 1000);

  return rounded(isRight ? still : job.seconds_left);
}

function rounded(seconds) {
  if (seconds < 60) return t('sync.left_short');

  const step = seconds < 600 ? 60 : seconds < 3600 ? 300 : 900;

  return t('sync.left', { duration: duration(Math.ceil(seconds / step) * step) });
}

// What a job is called: a preview is not the sync itself.
export function nameOf(job) {
  const what = t(`sync.kinds.${job.kind}.title`);

  return job.preview ? t('preview.label', { what }) : what;
}

// Tells who listens of every quarter that a job has done, in each of them once that it waits, and of
// nothing that was so already.
export class Milestones {
  #reached = new Map();
  #waited = new Map();

  constructor(announce) { this.announce = announce; }

  look(jobs) {
    for (const job of jobs) {
      const mark = MARKS.filter((one) => one <= (percentOf(job) ?? 0)).at(-1) ?? 0;
      const before = this.#reached.get(job.id);
      this.#reached.set(job.id, mark);
      if (mark > (before ?? mark)) {
        this.announce(t(mark === 100 ? 'sync.announced.done' : 'sync.announced.percent', { what: nameOf(job), percent: mark }));
      }
      if (isWaiting(job)) this.#lookAtWait(job, mark, before !== undefined);
    }
  }

  #lookAtWait(job, mark, isKnown) {
    if (this.#waited.get(job.id) === mark) return;

    this.#waited.set(job.id, mark);
    if (isKnown) this.announce(t('sync.announced.waiting', { what: nameOf(job) }));
  }
}
