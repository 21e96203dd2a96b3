// Who did what, for administrators: changes, looks at people, and what was refused, the newest first.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { el } from '../dom.js';
import { shortId } from '../frame.js';
import { t, tOr, when } from '../i18n.js';
import { badge, button, message, problemMessage, shimmer } from '../parts.js';
import { nameOf } from './record-list.js';

const PERSON = /^(contact|lead)\/([0-9a-f-]{36})$/;

class AuditDesk {
  entries = null; // null until somebody asks to see them
  cursor = null;
  day = '';
  problem = null;
  isLoading = false;
  #turn = 0; // an answer to an earlier question is not shown

  constructor(page) { this.page = page; }

  get isOpen() { return this.entries !== null || this.isLoading || this.problem !== null; }

  async open() {
    await this.#load(null);
    document.getElementById('audit-title').focus();
  }

  async narrow(day) {
    this.day = day;
    await this.#load(null);
  }

  async refresh() {
    await this.#load(null);
    announce(t('audit.refreshed'));
  }

  more() { return this.#load(this.cursor); }

  async #load(cursor) {
    this.#turn += 1;
    const turn = this.#turn;
    Object.assign(this, { isLoading: true, problem: null });
    this.page.redraw();
    try {
      const query = new URLSearchParams(Object.entries({ day: this.day, cursor }).filter(([, value]) => value));
      const found = await this.page.api.get(`/audit?${query}`);
      if (turn !== this.#turn) return;
      this.entries = cursor ? [...this.entries, ...found.entries] : found.entries;
      this.cursor = found.cursor;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (turn !== this.#turn) return;
      this.problem = problem;
    }
    this.isLoading = false;
    this.page.redraw();
  }
}

export function auditCard(page) {
  const desk = new AuditDesk(page);

  return {
    id: 'audit',
    feeds: [],
    waits: () => (page.mayChange ? null : t('audit.forbidden')),
    render: () => [
      el('p', { class: 'lead', key: 'lead' }, t('audit.lead')),
      desk.isOpen ? listOf(desk) : button(t('audit.open'), { key: 'open', on: () => desk.open() }),
    ],
  };
}

const listOf = (desk) => el(
  'div',
  { class: 'stack stretch', key: 'list' },
  el(
    'div',
    { class: 'filters', role: 'group', 'aria-label': t('audit.filter') },
    el(
      'div',
      { class: 'field' },
      el('label', { for: 'audit-day' }, t('audit.day')),
      el('input', {
        type: 'date', id: 'audit-day', min: '2000-01-01', max: '2099-12-31', value: desk.day, on: { change: (event) => desk.narrow(event.target.value) },
      }),
    ),
  ),
  el('div', { class: 'row' }, button(t('audit.refresh'), { kind: 'subtle', busy: desk.isLoading, on: () => desk.refresh() })),
  desk.problem && el('div', { key: 'problem' }, problemMessage(desk.problem, { retry: () => desk.refresh() })),
  desk.entries === null ? desk.problem === null && shimmer() : rowsOf(desk),
);

function rowsOf(desk) {
  if (desk.entries.length === 0) return message('info', t('audit.none'));

  return [
    el('ul', { class: 'plain rows', key: 'rows' }, together(desk.entries).map((one) => rowOf(desk.page, one))),
    desk.cursor && el('div', { class: 'row', key: 'more' }, button(t('audit.more'), { busy: desk.isLoading, on: () => desk.more() })),
  ];
}

// Who looks at one thing again and again is told of once, with how often.
function together(entries) {
  const found = [];
  for (const one of entries) {
    const last = found.at(-1);
    if (last && isSame(last.entry, one)) last.times += 1;
    else found.push({ entry: one, times: 1 });
  }

  return found;
}

const isSame = (one, other) => ['caller', 'action', 'target', 'status'].every((name) => one[name] === other[name])
  && String(one.named) === String(other.named) && one.before === one.after && other.before === other.after;

function rowOf(page, { entry, times }) {
  const names = [...entry.named, ...entry.led_to];

  return el(
    'li',
    { key: entry.id, class: 'item' },
    el(
      'div',
      { class: 'what' },
      el('div', {}, el('strong', {}, sentence(page, entry)), times > 1 && ` ${t('audit.times', { count: times })}`),
      outcomeOf(entry),
      el('div', { class: 'quiet row' }, el('span', {}, when(entry.at)), entry.subject && el('code', {}, entry.subject)),
      names.length > 0 && el(
        'details',
        { key: 'names' },
        el('summary', {}, t('audit.details')),
        el('ul', { class: 'plain' }, names.map((name, number) => el('li', { key: `${number}` }, nameIn(name)))),
      ),
    ),
  );
}

// What did not come about is told as what somebody wanted.
function sentence(page, { caller, action, target, status }) {
  const form = status !== null && status < 400 ? 'did' : 'wanted';
  const what = tOr(`audit.actions.${action}.${form}`, `audit.actions.other.${form}`, { action, target: nameIn(target) });

  return t(`audit.${form}.${caller === page.me.object_id ? 'you' : 'somebody'}`, { who: shortId(caller), what });
}

// A person by the table and the first part of the id, as in every list; anything else as it is.
function nameIn(text) {
  const found = PERSON.exec(text);

  return found ? nameOf({ table: found[1], id: found[2] }) : text;
}

// What went well needs no word.
function outcomeOf({ status }) {
  if (status === null) return el('div', {}, badge('warning', t('audit.outcomes.cut_short')));
  if (status < 400) return null;

  return el('div', {}, badge('warning', t(status === 403 ? 'audit.outcomes.forbidden' : 'audit.outcomes.failed', { status: String(status) })));
}
