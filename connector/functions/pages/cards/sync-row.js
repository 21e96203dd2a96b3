// One initial sync: its state in words, its bar, its counts, and what can be done now.

import { el } from '../dom.js';
import { duration, number, t, tOr, when } from '../i18n.js';
import { badge, button, problemMessage } from '../parts.js';
import { who } from './connection.js';
import { isMoving, isWaiting, leftOf, percentOf } from './pace.js';
import { previewOf, reasonsOf } from './sync-preview.js';

const TO_SPOTLER = ['contacts_to_spotler', 'leads_to_spotler']; // of these each person is listed

const badges = {
  none: ['neutral', 'neutral'],
  running: ['info', 'running'],
  waiting: ['warning', 'clock'],
  paused: ['warning', 'pause'],
  cancelled: ['neutral', 'danger'],
  done: ['success', 'success'],
};

export function syncRow({ page, kind, job, preview, actions, because, isPending, problem }) {
  const title = t(`sync.kinds.${kind}.title`);
  const state = stateOf(job);
  const id = `sync-${kind}`;
  const act = (word, on, rest = {}) => button(t(`sync.actions.${word}`), {
    on, busy: isPending, key: word, 'aria-label': `${t(`sync.actions.${word}`)}: ${title}`, ...rest,
  });

  return el(
    'article',
    { class: 'sync', key: kind, id: `sync-row-${kind}`, 'aria-labelledby': id, tabindex: '-1' },
    el('div', { class: 'spread' }, el('h3', { id }, title), el(
      'div',
      { class: 'row' },
      badge(badges[state][0], t(`sync.states.${state}`), badges[state][1]),
      job?.failed > 0 && badge('warning', t('sync.failed_badge', { count: job.failed })),
    )),
    el('p', { class: 'lead' }, t(`sync.kinds.${kind}.text`)),
    job && progressOf(job, title),
    job && el('div', { class: 'told', key: 'told' }, sentences(page, job, state)),
    problem && el('div', { key: 'problem' }, problemMessage(problem)),
    el('div', { class: 'row', key: 'actions' }, buttonsOf({ page, kind, job, preview, actions, because, act })),
    preview && !isStale(preview, job) && previewOf({ page, preview, title, actions, act }),
  );
}

// What was foreseen before the last sync began says nothing of the next.
export const isStale = (preview, last) => last !== null && ['done', 'cancelled'].includes(preview.state) && new Date(preview.started_at) < new Date(last.started_at);

function stateOf(job) {
  if (!job) return 'none';
  if (isWaiting(job)) return 'waiting';

  return job.state;
}

export function progressOf(job, title) {
  const percent = percentOf(job);
  if (job.state === 'cancelled' || (percent === null && !isMoving(job))) return null;

  return el(
    'div',
    { class: 'progress', key: 'progress' },
    el('progress', {
      max: 100, key: percent === null ? 'unknown' : 'known', value: percent ?? undefined, class: job.state === 'done' ? 'success' : null, 'aria-label': t('sync.progress', { what: title }),
    }),
    percent !== null && el('span', { class: 'percent', 'aria-hidden': 'true' }, t('sync.percent', { percent: number(percent) })),
  );
}

// What is known of a job, in sentences.
function sentences(page, job, state) {
  const isOver = job.state === 'done' || job.state === 'cancelled';

  return [
    el('p', {}, isOver ? overall(job) : underWay(job)),
    el(
      'p',
      {},
      t('sync.counts', { in_sync: number(job.in_sync), excluded: number(job.excluded), failed: number(job.failed) }),
      TO_SPOTLER.includes(job.kind) && job.failed + job.excluded > 0 && [' ', leftOut(page, job)],
    ),
    job.details?.not_in_dynamics > 0 && el('p', {}, t('sync.missing', { count: job.details.not_in_dynamics }), ' ', missing(page)),
    isOver && !TO_SPOTLER.includes(job.kind) && reasonsOf(job),
    state === 'waiting' && el('p', {}, tOr(`sync.causes.${job.cause}`, 'sync.waiting', { when: when(job.waits_until) })),
    ['waiting', 'paused'].includes(state) && job.cause_detail && el('p', { class: 'quiet', lang: 'en' }, job.cause_detail),
    state === 'paused' && el('p', {}, tOr(`sync.paused.${job.reason ?? 'by_hand'}`, 'sync.paused.by_hand')),
    state === 'cancelled' && job.reason && el('p', {}, tOr(`sync.ended.${job.reason}`, 'sync.states.cancelled')),
    el('p', { class: 'quiet' }, t('sync.started', { when: when(job.started_at) }), ' ', who(page, job.started_by)),
  ];
}

// Opens the list of those that it is about.
const leftOut = (page, job) => el(
  'a',
  { href: '#records', on: { click: () => page.showRecords?.(job.failed > 0 ? 'failing' : 'excluded') } },
  t('sync.left_out'),
);

// Opens the list of those whose rows are missing, where they are sent again.
const missing = (page) => el(
  'a',
  { href: '#records', on: { click: () => page.showRecords?.('failing', 'not_in_dynamics') } },
  t('sync.missing_link'),
);

const overall = (job) => t(`sync.over.${job.state}`, {
  count: job.done,
  total: number(job.total ?? job.done),
  duration: duration((new Date(job.finished_at) - new Date(job.started_at)) / 1000),
  when: when(job.finished_at),
});

function underWay(job) {
  const parts = [
    job.total ? t('sync.of', { done: number(job.done), total: number(job.total) }) : t('sync.so_far', { count: job.done }),
    isMoving(job) && job.per_second >= 1 && t('sync.rate', { rate: number(Math.round(job.per_second)) }),
    isMoving(job) && (leftOf(job) ?? t('sync.left_unknown')),
  ];

  return parts.filter(Boolean).join(' · ');
}

function buttonsOf({ page, kind, job, preview, actions, because, act }) {
  if (job?.state === 'running') {
    return [
      act('pause', () => actions.pause(job), { because: page.reader }),
      act('stop', () => actions.stop(job), { because: page.reader }),
    ];
  }
  if (job?.state === 'paused') {
    return [
      act('resume', () => actions.resume(job), { because }),
      act('stop', () => actions.stop(job), { because: page.reader }),
    ];
  }
  const isPreviewing = preview && (preview.state === 'running' || preview.state === 'paused');

  return [
    act(job ? 'again' : 'start', () => actions.start(kind), { because }),
    job && TO_SPOTLER.includes(kind) && act('anew', () => actions.anew(kind), { because }),
    !isPreviewing && act('preview', () => actions.preview(kind), { because }),
  ];
}
