// What an initial sync would do: numbers, per field and per reason, before anything is written.

import { el } from '../dom.js';
import { ago, number, t, tOr } from '../i18n.js';
import { facts, message } from '../parts.js';
import { progressOf } from './sync-row.js';

export function previewOf({ page, preview, title, actions, act }) {
  if (preview.state === 'cancelled' && !preview.reason) return null;

  return el(
    'section',
    { class: 'preview', key: 'preview', tabindex: '-1', 'aria-label': t('preview.label', { what: title }) },
    toldOf({ page, preview, title, actions, act }),
  );
}

function toldOf({ page, preview, title, actions, act }) {
  // Nobody stopped it: who waits for it must know why it is not there.
  if (preview.state === 'cancelled') return message('warning', tOr(`preview.ended.${preview.reason}`, 'sync.states.cancelled'));

  return preview.state === 'done' ? result(page, preview) : underWay({ page, preview, title, actions, act });
}

function underWay({ page, preview, title, actions, act }) {
  return [
    el('p', {}, t(preview.state === 'paused' ? 'preview.paused' : 'preview.running', { done: number(preview.done) })),
    preview.state === 'paused' && el('p', {}, tOr(`sync.paused.${preview.reason ?? 'by_hand'}`, 'sync.paused.by_hand')),
    progressOf(preview, t('preview.label', { what: title })),
    el(
      'div',
      { class: 'row' },
      preview.state === 'paused' && act('resume', () => actions.resume(preview), { because: page.reader }),
      act('stop', () => actions.stop(preview), { because: page.reader }),
    ),
  ];
}

function result(page, preview) {
  const {
    created, changed, unchanged, not_looked_up: unknown, not_in_dynamics: missing,
  } = preview.details;

  return [
    el('h4', {}, t('preview.title')),
    el('p', { class: 'quiet' }, t('preview.made', { ago: ago(preview.finished_at) })),
    facts(
      [t('preview.created'), number(created ?? 0)],
      [t('preview.changed'), number(changed ?? 0)],
      [t('preview.unchanged'), number(unchanged ?? 0)],
      unknown > 0 && [t('preview.not_looked_up'), number(unknown)],
      [t('preview.excluded'), number(preview.excluded)],
      preview.failed > 0 && [t('preview.failed'), number(preview.failed)],
    ),
    unknown > 0 && el('p', { class: 'quiet' }, t('preview.not_looked_up_why')),
    missing > 0 && message('info', t('preview.missing', { count: missing })),
    atRisk(page, preview),
    folded('fields', preview.fields, (name) => labelOf(page, name), sample(preview.details)),
    reasonsOf(preview),
  ];
}

// What Spotler would lose: values that people gave there, or that were sent from elsewhere.
function atRisk(page, { at_risk: lost }) {
  const count = Object.values(lost).reduce((sum, one) => sum + one, 0);

  return count > 0 && [
    message('warning', t('preview.at_risk', { count })),
    folded('risks', lost, (name) => labelOf(page, name)),
  ];
}

// A field's own name, such as profileField7, tells nobody anything.
const labelOf = (page, name) => page.mappings.value?.mappings.find(({ property }) => property === name)?.label ?? el('code', {}, name);

// To compare all fields of everybody would take too many calls: says of how many they were counted.
function sample({ compared, created = 0, changed = 0, unchanged = 0, not_looked_up: unknown = 0 }) {
  const isAll = compared === undefined || compared >= created + changed + unchanged + unknown;

  return isAll ? null : el('p', { class: 'quiet' }, t('preview.compared', { count: compared }));
}

// Why people were left out, for a sync that is over too.
export const reasonsOf = (job) => folded('reasons', job.reasons, (code) => tOr(`reasons.${code}`, 'reasons.other', { code }));

const folded = (what, counts, name, note = null) => Object.keys(counts).length > 0 && el(
  'details',
  { key: what },
  el('summary', {}, t(`preview.${what}`)),
  note,
  el(
    'table',
    {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t(`preview.${what}_column`)), el('th', { scope: 'col', class: 'number' }, t('preview.count')))),
    el('tbody', {}, Object.entries(counts).sort(([, one], [, other]) => other - one)
      .map(([code, count]) => el('tr', { key: code }, el('td', {}, name(code)), el('td', { class: 'number' }, number(count))))),
  ),
);
