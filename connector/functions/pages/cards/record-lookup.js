// One record by its link or id: what was sent, what would be sent now, and what Spotler holds.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { el } from '../dom.js';
import { t, tOr, when } from '../i18n.js';
import { badge, button, facts, field, message, problemMessage, shimmer } from '../parts.js';
import { dynamicsLink, nameOf, statusWord } from './record-list.js';
import { noteWords, reasonWords, whyOf } from './record-words.js';

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const LOOKS = 15;
const LOOK_MS = 2_000;
const TABLES = ['contact', 'lead'];
const kinds = { in_sync: 'success', excluded: 'neutral', failing: 'danger' };

// Returns { id, tables } of what was pasted, or { fault }; without a table in it both are tried.
export function parseRecord(text) {
  const given = text.trim();
  const query = URL.canParse(given) ? new URL(given).searchParams : new URLSearchParams();
  const id = (query.get('id') ?? given).match(GUID)?.[0].toLowerCase();
  const table = query.get('etn')?.toLowerCase();
  if (!id) return { fault: 'unreadable' };
  if (table && !TABLES.includes(table)) return { fault: 'other_table' };

  return { id, tables: table ? [table] : TABLES };
}

export class RecordLookup {
  #text = '';
  #fault = null;
  #found = null; // { table, id, ...answer }
  #problem = null;
  #isBusy = false;

  constructor(page, desk, fields) {
    Object.assign(this, { page, desk, fields });
  }

  async look({ id, tables }) {
    await this.#try(async () => {
      for (const table of tables) {
        this.#found = await this.#read(table, id);
        if (this.#found.record || this.#found.in_crm || this.#found.spotler.found) break;
      }
    });
    if (this.#problem) this.#found = null;
    this.page.redraw();
    document.getElementById('lookup-result')?.focus();
  }

  // Looks at a record of a list.
  show(record) {
    this.#text = record.link ?? record.id;
    this.#fault = null;
    return this.look({ id: record.id, tables: [record.table] });
  }

  draw() {
    return el(
      'section',
      { class: 'stack stretch', key: 'lookup', 'aria-labelledby': 'lookup-title' },
      el('h3', { id: 'lookup-title' }, t('records.lookup.title')),
      el(
        'form',
        { class: 'lookup', key: 'form', on: { submit: (event) => { event.preventDefault(); this.#submit(); } } },
        field({
          id: 'lookup-text',
          label: t('records.lookup.label'),
          hint: t('records.lookup.hint'),
          fault: this.#fault && t(`records.lookup.faults.${this.#fault}`),
          make: (tied) => el('input', {
            ...tied, type: 'text', autocomplete: 'off', spellcheck: 'false', value: this.#text, on: { input: (event) => { this.#text = event.target.value; } },
          }),
        }),
        el('button', { type: 'submit', disabled: this.#isBusy }, t('records.lookup.action')),
      ),
      this.#isBusy && !this.#found && shimmer(),
      this.#problem && el('div', { key: 'problem', id: this.#found ? null : 'lookup-result', tabindex: '-1' }, this.#problem.isMissing
        ? message('info', t('common.not_available'))
        : problemMessage(this.#problem)),
      this.#found && this.#result(),
    );
  }

  #submit() {
    const wanted = parseRecord(this.#text);
    this.#fault = wanted.fault ?? null;
    if (!wanted.fault) { this.look(wanted); return; }
    this.#found = null; // what stands there is of somebody else
    this.#problem = null;
    this.page.redraw();
    document.getElementById('lookup-text').focus();
  }

  #result() {
    const found = this.#found;
    const { record, spotler } = found;
    const name = [nameOf(found), calledIn(found)].filter(Boolean).join(': ');
    if (!record && found.in_crm === false && spotler.found === false) {
      return el('div', { id: 'lookup-result', tabindex: '-1', key: 'result' }, message('info', t('records.lookup.nowhere')));
    }

    return el(
      'section',
      { id: 'lookup-result', class: 'stack stretch found', tabindex: '-1', key: 'result', 'aria-labelledby': 'lookup-name' },
      el(
        'div',
        { class: 'spread' },
        el('div', { class: 'row' }, el('h4', { id: 'lookup-name' }, name), stateOf(record)),
        el('div', { class: 'row' }, dynamicsLink(found, t('records.open_it')), canHelp(found) && button(t('records.send'), { because: this.page.reader, busy: this.#isBusy, on: () => this.#send() })),
      ),
      this.#sentence(found),
      (found.problems ?? []).map(({ system, code }) => el('div', { key: system }, message('warning', tOr(`problems.${code}`, 'problems.unknown'), { title: tOr(`records.lookup.silent.${system}`, 'records.lookup.silent.other') }))),
      facts(
        [t('records.lookup.changed_at'), record?.changed_at && when(record.changed_at)],
        [t('records.lookup.in_crm'), yesOrNo(found.in_crm)],
        [t('records.lookup.in_spotler'), spotler.found && spotler.changed_at ? t('records.lookup.yes_since', { when: when(spotler.changed_at) }) : yesOrNo(spotler.found)],
        [t('records.lookup.external_id'), (record?.external_id ?? spotler.external_id) && el('code', {}, record?.external_id ?? spotler.external_id)],
      ),
      (found.would_send.length > 0 || spotler.properties.length > 0) && this.#table(found),
    );
  }

  #sentence(found) {
    const why = found.record ? whyOf(found.record, this.fields) : null;
    const how = this.#how(found, Boolean(why || found.excluded));
    const now = found.excluded && found.excluded !== found.record?.reason ? reasonWords(found.excluded) : null;

    return [
      why && el('div', { key: 'why' }, message(found.record.status === 'failing' && !isRetried(found.record) ? 'danger' : 'info', why.advice, { title: why.title })),
      why && !found.in_crm && found.record.notes.map((note) => el('div', { key: note.property }, message('warning', noteWords(note, this.fields)))),
      now && el('div', { key: 'now' }, message('info', now.advice, { title: t('records.lookup.now_excluded', { reason: now.title }) })),
      how && el('div', { key: 'how' }, how),
    ];
  }

  // How the two systems differ, said once: who is left out need not be alike.
  #how({ record, in_crm: isInCrm, spotler, differs }, isLeftOut) {
    if (isLeftOut) return spotler.found === false && el('p', {}, t('records.lookup.absent'));
    if (!isInCrm) return null;
    if (!record) return message('info', t('records.lookup.never'));
    if (spotler.found === false) return message('warning', t('records.lookup.gone'));

    return message(differs ? 'warning' : 'success', t(differs ? 'records.lookup.differs' : 'records.lookup.same'));
  }

  #table(found) {
    const held = new Map(found.spotler.properties.map((one) => [one.property, one]));
    const sent = new Set(found.would_send.map(({ property }) => property));
    const rest = found.spotler.properties.filter(({ property }) => !sent.has(property));

    return el(
      'table',
      { class: 'stacked lookup-values', role: 'table', 'aria-label': t('records.lookup.values') },
      el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ['field', 'from', 'would_send', 'spotler', 'compared']
        .filter((one) => found.spotler.found || !['spotler', 'compared'].includes(one))
        .map((one) => el('th', { role: 'columnheader', scope: 'col' }, t(`records.lookup.columns.${one}`))))),
      el(
        'tbody',
        { role: 'rowgroup' },
        found.would_send.map((one) => this.#row(one, held.get(one.property), found)),
        rest.map((one) => this.#row({ property: `${one.property}-${one.label}`, label: one.label }, one, found)),
      ),
    );
  }

  #row(one, there, found) {
    const isOurs = 'value' in one;
    const value = one.value === null || !isOurs ? null : String(one.value);
    const isSame = (value ?? '') === (there?.value ?? '');

    return el(
      'tr',
      { role: 'row', key: one.property },
      el('th', { role: 'rowheader', scope: 'row' }, one.label ?? one.property),
      cell('from', isOurs && [el('code', {}, one.column), ' ', el('span', { class: 'quiet' }, t(`mappings.converters.${one.converter}`))]),
      cell('would_send', isOurs && [value ?? empty(), one.note && el('div', { class: 'quiet' }, noteWords({ property: one.property, reason: one.note }, this.fields))]),
      found.spotler.found && cell('spotler', there ? switches(there.value) : empty()),
      found.spotler.found && cell('compared', isOurs && (isSame
        ? badge('success', t('records.lookup.equal'))
        : badge('warning', t('records.lookup.different')))),
    );
  }

  // Sends it again, and looks until that is done.
  async #send() {
    const { table, id, record } = this.#found;
    await this.#try(async () => {
      await this.page.api.post('/records/send', { records: [{ table, id }], insists: record?.can_be_sent === false });
      announce(t('records.sent', { count: 1 }));
      for (let look = 0; look < LOOKS; look += 1) {
        await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
        const now = await this.#read(table, id);
        if (this.#found.id !== id) return;
        this.#found = now;
        if (now.record?.changed_at !== record?.changed_at) break;
        this.page.redraw();
      }
      announce(statusWord(this.#found.record?.status ?? 'unknown'));
    });
    this.desk.lookAgain();
  }

  async #read(table, id) { return { table, id, ...await this.page.api.get(`/records/${table}/${id}`) }; }

  async #try(act) {
    this.#isBusy = true;
    this.#problem = null;
    this.page.redraw();
    try {
      await act();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#problem = problem;
    }
    this.#isBusy = false;
    this.page.redraw();
  }
}

const cell = (name, ...inside) => el(
  'td',
  { role: 'cell', key: name },
  el('span', { class: 'head', 'aria-hidden': 'true' }, t(`records.lookup.columns.${name}`)),
  inside,
);

// Who was left out goes when Dynamics has put it right meanwhile: that is known here, up close.
const canHelp = ({ record, in_crm: isInCrm, excluded }) => !record || record.can_be_sent || (isInCrm === true && !excluded);

const isRetried = (record) => record?.reason === 'retried';

const stateOf = (record) => (isRetried(record)
  ? badge('warning', t('records.reasons.retried.title'), 'clock')
  : badge(kinds[record?.status] ?? 'neutral', statusWord(record?.status ?? 'unknown')));

// What somebody is called in Dynamics now: it came with the answer, and is kept nowhere.
const calledIn = (found) => ['firstName', 'infix', 'lastName']
  .map((name) => found.would_send.find(({ property }) => property === name)?.value)
  .filter(Boolean).join(' ');

// What could not be asked is neither.
const yesOrNo = (is) => t(is === null ? 'records.lookup.unasked' : is ? 'records.lookup.yes' : 'records.lookup.no');

// What can only be on or off says so in words.
const switches = (value) => (value === 'on' || value === 'off' ? t(`records.lookup.${value}`) : value);

const empty = () => el('span', { class: 'quiet' }, t('records.lookup.empty'));
