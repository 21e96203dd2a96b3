// The list of records with one status: filters, why each is there, and sending again.

import { announce } from '../announce.js';
import { el } from '../dom.js';
import { icon } from '../icons.js';
import { number, t, tOr, when } from '../i18n.js';
import { button, message, problemMessage, shimmer } from '../parts.js';
import { keyOf } from './record-desk.js';
import { noteWords, reasonWords, whyOf } from './record-words.js';

export const recordList = (desk, fields) => el(
  'section',
  { class: 'stack stretch', id: 'records-list', key: 'list', tabindex: '-1', 'data-anchor': true, 'aria-labelledby': 'records-list-title' },
  el('h3', { id: 'records-list-title', tabindex: '-1' }, t(`records.statuses.${desk.status}.title`)),
  el('p', { class: 'lead' }, t(`records.statuses.${desk.status}.text`)),
  filters(desk),
  tools(desk),
  desk.sweep && el('div', { key: 'sweep' }, sweepOf(desk)),
  desk.ended && el('div', { key: 'ended' }, endOf(desk)),
  desk.cutAt !== null && el('div', { key: 'cut' }, message('warning', t('records.export_cut', { count: desk.cutAt }), { role: 'status' })),
  desk.problem && el('div', { key: 'problem' }, problemMessage(desk.problem, { retry: () => desk.reload() })),
  desk.records === null
    ? desk.problem === null && shimmer()
    : rows(desk, fields),
);

function filters(desk) {
  const { filter } = desk;
  const reasons = desk.counts.value.reasons.filter(({ status }) => status === desk.status);

  return el(
    'div',
    { class: 'filters', key: 'filters', role: 'group', 'aria-label': t('records.filter.label') },
    desk.status === 'in_sync'
      ? el(
        'div',
        { class: 'row check', key: 'notes' },
        el('input', { type: 'checkbox', id: 'records-notes', checked: filter.notes, on: { change: (event) => desk.narrow({ notes: event.target.checked }) } }),
        el('label', { for: 'records-notes' }, t('records.filter.notes')),
      )
      : choice('reason', filter.reason, (reason) => desk.narrow({ reason }), [
        ['', t('records.filter.any_reason')],
        ...reasons.map(({ reason, count }) => [reason, `${reasonWords(reason).title} (${number(count)})`]),
      ]),
    choice('table', filter.table, (table) => desk.narrow({ table }), [
      ['', t('records.filter.any_table')],
      ['contact', t('records.filter.contact')],
      ['lead', t('records.filter.lead')],
    ]),
    el(
      'div',
      { class: 'field', key: 'since' },
      el('label', { for: 'records-since' }, t('records.filter.since')),
      el('input', {
        type: 'date', id: 'records-since', min: '2000-01-01', max: '2099-12-31', value: filter.since, on: { change: (event) => desk.narrow({ since: event.target.value }) },
      }),
    ),
  );
}

const choice = (name, value, choose, options) => el(
  'div',
  { class: 'field', key: name },
  el('label', { for: `records-${name}` }, t(`records.filter.${name}`)),
  el(
    'select',
    { id: `records-${name}`, value, on: { change: (event) => choose(event.target.value) } },
    options.map(([one, word]) => el('option', { value: one, key: one }, word)),
  ),
);

function tools(desk) {
  const { filter, size, records } = desk;
  const isNarrow = filter.since !== '' || filter.notes;
  const because = desk.page.reader ?? (isNarrow ? 'records-all-why' : null);
  const word = filter.reason ? 'records.all.reason' : 'records.all.status';

  return el(
    'div',
    { class: 'stack', key: 'tools' },
    el(
      'div',
      { class: 'row' },
      desk.status !== 'in_sync' && records?.length !== 0 && desk.canHelp && button(size ? t(`${word}_count`, { count: size }) : t(word), {
        key: 'all', because, busy: desk.sweep?.isRunning ?? false, on: () => desk.sendAll(),
      }),
      button(t('records.export'), { key: 'csv', on: () => desk.export() }),
      button(t('records.refresh'), {
        key: 'refresh', kind: 'subtle', busy: desk.isLoading && desk.records === null, on: async () => { await desk.refresh(); announce(t('records.refreshed')); },
      }),
    ),
    isNarrow && desk.status !== 'in_sync' && desk.canHelp && el('p', { class: 'quiet', id: 'records-all-why' }, t('records.all.narrow')),
  );
}

function sweepOf(desk) {
  const { sweep } = desk;
  if (!sweep.isRunning) {
    return message(sweep.isStopped ? 'warning' : 'success', [
      el('div', {}, t(sweep.isStopped ? 'records.all.stopped' : 'records.all.done', { count: sweep.sent })),
      sweep.skipped > 0 && el('div', {}, t('records.all.skipped', { count: sweep.skipped })),
    ]);
  }

  return message('info', [
    t('records.all.running', { count: sweep.sent }),
    el('progress', { 'aria-label': t('records.all.progress'), max: desk.size || undefined, value: desk.size ? Math.min(sweep.sent, desk.size) : undefined }),
  ], { actions: [button(t('records.all.stop'), { busy: sweep.isStopped, on: () => desk.stop() })] });
}

// What became of those that were sent again, once that is known of all.
const endOf = ({ status, ended: { gone, again, late } }) => message((again > 0 && status !== 'in_sync') || late > 0 ? 'warning' : 'success', [
  again > 0 && el('div', {}, t(`records.ended.again.${status}`, { count: again })),
  gone > 0 && el('div', {}, t('records.ended.gone', { count: gone })),
  late > 0 && el('div', {}, t('records.ended.late', { count: late })),
]);

function rows(desk, fields) {
  if (desk.records.length === 0) return message('success', t(isFiltered(desk) ? 'records.none_filtered' : `records.none.${desk.status}`));

  return [
    el('ul', { class: 'plain rows', key: 'rows' }, desk.records.map((record) => recordRow(desk, fields, record))),
    el(
      'div',
      { class: 'row', key: 'more' },
      el('span', { class: 'quiet' }, t('records.shown', { count: desk.records.length })),
      desk.cursor && button(t('records.more'), { busy: desk.isLoading, on: () => desk.more() }),
    ),
  ];
}

const isFiltered = ({ filter }) => Boolean(filter.reason || filter.table || filter.since || filter.notes);

export const nameOf = ({ table, id }) => t(`records.names.${table}`, { id: id.slice(0, 8) });

// A link into Dynamics, that opens beside this page; only an address of the web becomes one.
export function dynamicsLink(record, word) {
  if (!URL.canParse(record.link) || !/^https?:$/.test(new URL(record.link).protocol)) return word;

  return el(
    'a',
    { href: record.link, target: '_blank', rel: 'noopener noreferrer', class: 'target' },
    word,
    el('span', { class: 'visually-hidden' }, ` (${t('records.new_tab')})`),
    icon('away', 'small'),
  );
}

function recordRow(desk, fields, record) {
  const why = whyOf(record, fields);
  const isWaiting = desk.waiting.has(keyOf(record));
  const name = nameOf(record);

  return el(
    'li',
    { key: keyOf(record), class: 'item' },
    el(
      'div',
      { class: 'what' },
      el('strong', {}, why?.title ?? t(`records.statuses.${record.status}.title`)),
      why && el('div', {}, why.advice),
      record.notes.map((note) => el('div', { class: 'note', key: note.property }, icon('warning', 'warning'), el('span', {}, noteWords(note, fields)))),
      el(
        'div',
        { class: 'quiet row' },
        dynamicsLink(record, t('records.open', { name })),
        record.changed_at && el('span', {}, when(record.changed_at)),
        record.code && el('code', {}, record.code),
      ),
    ),
    el(
      'div',
      { class: 'row acts' },
      button(t('records.look'), { kind: 'subtle', key: 'look', 'aria-label': `${t('records.look')}: ${name}`, on: () => desk.page.lookUp(record) }),
      (record.can_be_sent || isWaiting) && button(t(isWaiting ? 'records.waiting' : 'records.send'), {
        key: 'send', because: desk.page.reader, busy: isWaiting, 'aria-label': `${t(isWaiting ? 'records.waiting' : 'records.send')}: ${name}`, on: () => desk.send([record]),
      }),
    ),
  );
}

export const statusWord = (status) => tOr(`records.statuses.${status}.title`, 'records.statuses.unknown.title');
