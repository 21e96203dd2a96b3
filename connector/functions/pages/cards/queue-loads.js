// What waits on the queues, in numbers: a number may be the least that there is.

import { number, t, tOr } from '../i18n.js';
import { facts } from '../parts.js';

const KINDS = ['waiting', 'scheduled', 'dead'];

const shown = ({ count, at_least: atLeast }) => (atLeast ? t('queues.at_least', { shown: number(count) }) : number(count));

// All queues together.
export const totalOf = (queues) => Object.fromEntries(KINDS.map((kind) => [kind, {
  count: queues.reduce((sum, queue) => sum + queue[kind].count, 0),
  at_least: queues.some((queue) => queue[kind].at_least),
}]));

export const loadLine = (load) => t('queues.line', Object.fromEntries(KINDS.map((kind) => [kind, shown(load[kind])])));

// Each queue with its numbers.
export const loadList = (queues) => facts(...queues.map((load) => [
  tOr(`diagnose.queues.${load.queue}`, 'diagnose.queues.other', { queue: load.queue }), loadLine(load),
]));
