// What was looked at before saving: one line for each, with what to do where it failed.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { t, tOr, when } from '../i18n.js';

const kinds = {
  ok: 'success', warning: 'warning', failed: 'danger', skipped: 'neutral',
};
const known = ['spotler', 'fields', 'permissions', 'dataverse', 'steps', 'licence', 'tables', 'queues', 'changes'];
const detailed = ['dataverse', 'steps']; // names what our words cannot: columns, steps, privileges

const JUST_NOW_MS = 45_000; // the server looks anew each 15 s, and the page asks each 30 s

// What was found a moment ago may be newer than what the page has read since.
export const isJustNow = (instant) => instant !== null && Date.now() - new Date(instant) < JUST_NOW_MS;

export const isFine = ({ outcome }) => outcome === 'ok' || outcome === 'warning';

// What works again, and must be made good all the same.
export const isLoss = ({ code }) => code === 'changes_lost';

// Whether changes in Dynamics do not come in at all, or not all of them.
export const isUntold = ({ name, code }) => (name === 'steps' && !['not_allowed', 'unknown'].includes(code)) || code === 'other_organisation';

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

// The server's own sentence, where it names what must be looked for in Dynamics.
export const checkDetail = ({ name, detail }) => detail && detailed.includes(name) && el('div', { class: 'quiet', lang: 'en' }, detail);

const line = (check) => el(
  'div',
  {},
  el('strong', {}, tOr(`checks.names.${check.name}`, 'checks.names.other')),
  ': ',
  check.outcome === 'failed' || check.code ? checkWords(check) : t(`checks.${check.outcome}`),
  checkDetail(check),
  (!isFine(check) || isLoss(check)) && check.since && el('div', { class: 'quiet' }, t('checks.since', { when: when(check.since) })),
  check.missing.length > 0 && [
    el('ul', {}, check.missing.map((one) => el('li', {}, t('checks.missing', { label: one.label, kind: tOr(`kinds.${one.kind}`, 'kinds.other') })))),
    el('p', {}, t('checks.ask_spotler')),
  ],
);
