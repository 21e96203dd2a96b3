// What waits for somebody: parked changes, and messages that failed too often, queue by queue.

import { el } from '../dom.js';
import { hasWords, number, t, tOr, when } from '../i18n.js';
import { button, message, problemMessage } from '../parts.js';
import { nameOf } from './record-list.js';
import { whyOf } from './record-words.js';

const LONG = 25;

export function parkedList(desk, fields) {
  const { parked, more } = desk.parked.value;
  const held = parked.filter(isHeld);
  const stuck = parked.filter((one) => !isHeld(one));
  const readable = stuck.filter((one) => one.readable);

  return [
    (stuck.length > 0 || held.length === 0) && part(desk, 'parked', stuck.length, [
      stuck.length > 0 && el(
        'div',
        { class: 'row', key: 'all' },
        readable.length > 0 && act(desk, 'send_all', () => desk.sendParked(readable.map(({ id }) => id)), { count: readable.length }),
        act(desk, 'discard_all', () => desk.discardParked(stuck.map(({ id }) => id)), { kind: 'subtle', count: stuck.length }),
      ),
      stuck.length > 0 && rowsOf(stuck.map((one) => parkedRow(desk, one, parkedWords(one, fields)))),
      readable.length < stuck.length && el('p', { class: 'quiet', id: 'diagnose-unreadable', key: 'unreadable' }, t('diagnose.parked.cannot_send')),
    ]),
    held.length > 0 && part(desk, 'held', held.length, rowsOf(held.map((one) => parkedRow(desk, one)))),
    more && el('p', { class: 'quiet', key: 'more' }, t('diagnose.parked.more', { count: parked.length })),
  ];
}

// A long list is folded: its number, and what can be done with all of it, stand above.
function rowsOf(rows) {
  const list = el('ul', { class: 'plain rows', key: 'rows' }, rows);

  return rows.length > LONG
    ? el('details', { key: 'folded' }, el('summary', {}, t('diagnose.unfold', { count: rows.length })), list)
    : list;
}

// What only waits for a licence goes on by itself, and before that sending it is in vain.
const isHeld = ({ reason }) => reason === 'licence';

// What got another name is no person, also where its table holds people.
const isRename = ({ kind }) => kind === 'related_changed';

const subjectOf = (one) => (isRename(one)
  ? t(`diagnose.renamed.${one.table}`, { id: one.record_id.slice(0, 8) })
  : nameOf({ table: one.table, id: one.record_id }));

function parkedRow(desk, one, words = null) {
  const name = one.record_id ? subjectOf(one) : t('diagnose.parked.no_record');
  const since = one.first_parked_at ?? one.parked_at;

  return el(
    'li',
    { key: one.id, class: 'item' },
    el(
      'div',
      { class: 'what' },
      words && [el('strong', {}, words.title), el('div', {}, words.advice)],
      el(
        'div',
        { class: 'quiet row' },
        el('span', {}, name),
        one.attempts > 0 && el('span', {}, t('diagnose.parked.attempts', { count: one.attempts })),
        el('span', {}, t('diagnose.parked.since', { when: when(since) })),
        since !== one.parked_at && el('span', {}, t('diagnose.parked.last', { when: when(one.parked_at) })),
        words && el('code', {}, one.reason),
      ),
    ),
    el(
      'div',
      { class: 'row acts' },
      one.record_id && !isRename(one) && button(t('records.look'), {
        key: 'look', kind: 'subtle', 'aria-label': `${t('records.look')}: ${name}`, on: () => desk.page.lookUp({ table: one.table, id: one.record_id }),
      }),
      words && act(desk, 'send', () => desk.sendParked([one.id]), { name, because: one.readable ? null : 'diagnose-unreadable' }),
      words && act(desk, 'discard', () => desk.discardParked([one.id]), { name, kind: 'subtle' }),
    ),
  );
}

// A parked change says what a record says, or which error it ended with.
function parkedWords({ reason, readable }, fields) {
  const [said, code = null, property = null] = reason.split(':');
  if (!readable) return { title: t('diagnose.parked.unreadable'), advice: t('diagnose.parked.unreadable_advice') };
  const known = `diagnose.parked.errors.${said}`;

  return hasWords(`${known}.title`)
    ? { title: t(`${known}.title`), advice: t(`${known}.advice`) }
    : whyOf({ reason: said, code, property }, fields);
}

export function deadLists(desk) {
  const { queues } = desk.dead.value;
  const filled = queues.filter(({ messages }) => messages.length > 0);

  const what = desk.said?.what;
  const isGone = what && what !== 'parked' && !filled.some(({ queue }) => queue === what);

  return part(desk, 'dead', filled.reduce((sum, { messages }) => sum + messages.length, 0), [
    isGone && saidOf(desk, what), // its queue is empty now, and not shown
    filled.map((queue) => deadQueue(desk, queue)),
  ]);
}

const deadQueue = (desk, { queue, messages, more }) => el(
  'section',
  { class: 'stack stretch', key: queue, 'aria-labelledby': `dead-${queue}` },
  el('h4', { id: `dead-${queue}` }, tOr(`diagnose.queues.${queue}`, 'diagnose.queues.other', { queue })),
  saidOf(desk, queue),
  el('div', { class: 'row' }, act(desk, 'send_all', () => desk.sendDead(queue, messages.map(({ sequence_number: one }) => one)), { count: messages.length, name: queue })),
  rowsOf(messages.map((one) => el(
    'li',
    { class: 'item', key: one.sequence_number },
    el(
      'div',
      { class: 'what' },
      el('strong', {}, tOr(`diagnose.dead.reasons.${one.reason}`, 'diagnose.dead.reasons.other', { code: one.reason ?? '' })),
      el(
        'div',
        { class: 'quiet row' },
        one.record_id && el('span', {}, subjectOf(one)),
        one.job && el('span', {}, t('diagnose.dead.job', { id: one.job })),
        one.enqueued_at && el('span', {}, when(one.enqueued_at)),
        one.delivery_count !== null && el('span', {}, t('diagnose.parked.attempts', { count: one.delivery_count })),
        el('code', {}, `#${one.sequence_number}`),
      ),
    ),
    el('div', { class: 'row acts' }, act(desk, 'send', () => desk.sendDead(queue, [one.sequence_number]), { name: `#${one.sequence_number}` })),
  ))),
  more && el('p', { class: 'quiet' }, t('diagnose.dead.more', { count: messages.length })),
);

// One of the lists, with what was done in it last; an empty one says that all is well.
const part = (desk, name, count, inside) => el(
  'section',
  { class: 'stack stretch', key: name, 'aria-labelledby': `diagnose-${name}`, tabindex: '-1', 'data-anchor': true },
  el('h3', { id: `diagnose-${name}` }, t(`diagnose.${name}.title`), count > 0 && ` (${number(count)})`),
  saidOf(desk, name),
  count > 0 ? el('p', { class: 'lead' }, t(`diagnose.${name}.text`)) : message('success', t(`diagnose.${name}.none`)),
  inside,
);

function saidOf({ said }, name) {
  if (said?.what !== name) return null;

  return el('div', { key: 'said' }, said.problem
    ? problemMessage(said.problem)
    : message('success', t(`diagnose.done.${said.word}`, { count: said.count })));
}

const act = (desk, word, on, { name = null, count = null, kind = '', because = null }) => {
  const label = t(`diagnose.actions.${word}`, count === null ? {} : { count });

  return button(label, {
    key: word, kind, on, because: desk.page.reader ?? because, busy: desk.busy !== null, 'aria-label': name && `${label}: ${name}`,
  });
};
