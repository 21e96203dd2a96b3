// What waits on the queues, in numbers: a number may be the least that there is.

import { el } from '../dom.js';
import { number, t, tOr } from '../i18n.js';

const KINDS = ['waiting', 'scheduled', 'dead'];

const shown = ({ count, at_least: atLeast }) => (atLeast ? t('queues.at_least', { shown: number(count) }) : number(count));

// All queues together.
export const totalOf = (queues) => Object.fromEntries(KINDS.map((kind) => [kind, {
  count: queues.reduce((sum, queue) => sum + queue[kind].count, 0),
  at_least: queues.some((queue) => queue[kind].at_least),
}]));

export const loadLine = (load) => t('queues.line', Object.fromEntries(KINDS.map((kind) => [kind, shown(load[kind])])));

export const loadTable = (queues) => el(
  'table',
  { class: 'loads' },
  el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('queues.queue')), KINDS.map((kind) => el('th', { scope: 'col' }, t(`queues.${kind}`))))),
  el('tbody', {}, queues.map((load) => el(
    'tr',
    { key: load.queue },
    el('th', { scope: 'row' }, tOr(`diagnose.queues.${load.queue}`, 'diagnose.queues.other', { queue: load.queue })),
    KINDS.map((kind) => el('td', {}, shown(load[kind]))),
  ))),
);
