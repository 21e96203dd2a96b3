// What was looked at before saving: one line for each, with what to do where it failed.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { t, tOr, when } from '../i18n.js';

const kinds = { ok: 'success', failed: 'danger', skipped: 'neutral' };
const known = ['spotler', 'fields', 'dataverse', 'licence'];

const JUST_NOW_MS = 45_000; // the server remembers its health for 15 s, and the page asks each 30 s

export const isWithin = (instant, span) => instant !== null && Date.now() - new Date(instant) < span;

// What was looked at a moment ago is newer than what the health remembers.
export const isJustNow = (instant) => isWithin(instant, JUST_NOW_MS);

export function checkList(checks, checkedAt) {
  if (!checks.length) return null;

  return el(
    'section',
    { class: 'stack', 'aria-labelledby': 'checks-title' },
    el('h3', { id: 'checks-title' }, t('checks.title')),
    checkedAt && el('p', { class: 'quiet' }, t('checks.at', { when: when(checkedAt) })),
    el('ul', { class: 'plain stack' }, checks.map((check) => el('li', { class: 'note' }, icon(kinds[check.outcome], kinds[check.outcome]), line(check)))),
  );
}

// What a failed check means and what to do, in words.
export const checkWords = (check) => tOr(
  `checks.codes.${check.name}_${check.code}`,
  known.includes(check.name) ? `checks.failed.${check.name}` : 'problems.unknown',
  { detail: check.detail ?? '' },
);

const line = (check) => el(
  'div',
  {},
  el('strong', {}, tOr(`checks.names.${check.name}`, 'checks.names.other')),
  ': ',
  check.outcome === 'failed' ? checkWords(check) : t(`checks.${check.outcome}`),
  check.missing.length > 0 && [
    el('ul', {}, check.missing.map((one) => el('li', {}, t('checks.missing', { label: one.label, kind: tOr(`kinds.${one.kind}`, 'kinds.other') })))),
    el('p', {}, t('checks.ask_spotler')),
  ],
);
