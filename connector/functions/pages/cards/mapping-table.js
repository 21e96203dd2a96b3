// The table of mappings: each field of Spotler, where it comes from, and what that gives.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { t, tOr } from '../i18n.js';
import { badge, button } from '../parts.js';
import {
  CONVERTERS, SIDES, TEXT, converterOf, convertersFor, isFit,
} from './mapping-draft.js';
import { idOf, tables } from './mapping-desk.js';

const HEADS = ['target', ...SIDES, 'converter', 'actions'];
const changes = { new: ['info', 'info'], changed: ['info', 'info'], deleted: ['warning', 'warning'] };

// Roles are said in so many words: as stacked rows a table would lose its own.
export const mappingTable = (desk, combobox) => el(
  'table',
  { class: 'stacked mappings', role: 'table', 'aria-label': t('mappings.title'), key: 'table', tabindex: '-1', 'data-anchor': true },
  el('thead', { role: 'rowgroup' }, el(
    'tr',
    { role: 'row' },
    HEADS.map((one) => el('th', { role: 'columnheader', scope: 'col', class: `of-${one}` }, t(`mappings.columns.${one}`))),
  )),
  el('tbody', { role: 'rowgroup' }, desk.draft.rows.map((row) => mappingRow(desk, combobox, row))),
);

function mappingRow(desk, combobox, row) {
  const change = desk.draft.changeOf(row);

  return el(
    'tr',
    { role: 'row', key: row.target, class: change === 'deleted' ? 'deleted' : null },
    el('th', { role: 'rowheader', scope: 'row', class: 'of-target', id: idOf(row, 'target'), tabindex: '-1' }, fieldCell(desk, row, change)),
    SIDES.map((side) => cell(side, columnControl(desk, combobox, row, side), faultOf(desk, row, side), exampleOf(desk, row, side, change))),
    cell('converter', converterControls(desk, row), faultOf(desk, row, 'converter')),
    cell('actions', actionsOf(desk, row, change)),
  );
}

const cell = (name, ...inside) => el(
  'td',
  { role: 'cell', class: `of-${name}`, key: name },
  el('span', { class: 'head', 'aria-hidden': 'true' }, t(`mappings.columns.${name}`)),
  inside,
);

function fieldCell(desk, row, change) {
  const isMissing = desk.draft.view.missing.includes(row.target);
  const gone = desk.draft.view.gone?.find(({ target }) => target === row.target);

  return [
    el('span', { class: 'name' }, row.label),
    ' ',
    row.kind && el('span', { class: 'quiet' }, tOr(`mappings.kinds.${row.kind}`, 'mappings.kinds.other')),
    el(
      'span',
      { class: 'row' },
      change && badge(changes[change][0], t(`mappings.changes.${change}`), changes[change][1]),
      isMissing && badge('warning', t('mappings.missing_badge')),
      gone && badge('danger', t(`mappings.gone.badges.${gone.why}`), 'danger'),
      row.rarely_used && badge('neutral', t('mappings.rare'), 'info'),
      row.required && badge('neutral', t('mappings.locked'), 'lock'),
    ),
    faultOf(desk, row, 'target'),
    desk.draft.view.warnings?.filter(({ target }) => target === row.target).map(({ code, table, column }) => el(
      'div',
      { class: 'note', key: `${code}-${table}` },
      icon('warning', 'warning'),
      el('span', {}, tOr(`mappings.warnings.${code}`, 'mappings.warnings.other', { column, table: t(`records.filter.${table}`) })),
    )),
  ];
}

function faultOf(desk, row, part) {
  const fault = desk.faultOf(row, part);

  return fault && el(
    'span',
    { class: 'fault', id: `${idOf(row, part)}-fault` },
    icon('danger'),
    el('span', {}, tOr(`mappings.faults.${fault.code}`, 'mappings.faults.other', { detail: fault.detail ?? '' })),
  );
}

// What a control is called, and what is wrong with it, for who does not see the table.
const tied = (desk, row, part, label) => ({
  id: idOf(row, part),
  'aria-label': t('mappings.control', { what: label ?? t(`mappings.columns.${part}`), field: row.label }),
  'aria-describedby': [desk.faultOf(row, part) && `${idOf(row, part)}-fault`, desk.page.reader].filter(Boolean).join(' ') || null,
  'aria-invalid': desk.faultOf(row, part) ? 'true' : null,
  disabled: !desk.page.mayChange || desk.busy !== null || row.isDeleted,
});

function columnControl(desk, combobox, row, side) {
  if (converterOf(row, side) === TEXT) {
    return el('input', {
      ...tied(desk, row, side, t(`mappings.texts.${side}`)),
      type: 'text',
      maxlength: '2000',
      value: row[side] ?? '',
      on: { input: (event) => desk.change(row, (draft) => draft.setColumn(row, side, event.target.value || null)) },
    });
  }
  const columns = desk.columnsOf(side);
  if (columns?.length === 0) return el('span', { class: 'quiet', key: 'none' }, row[side] ?? '', ' ', t(`mappings.no_table.${side}`));

  return el(
    'div',
    { class: 'stack tight', key: 'column' },
    combobox.draw({
      ...tied(desk, row, side),
      ...(columns === null ? { disabled: true } : {}), // what is typed must not be about to change
      value: row[side],
      placeholder: t('mappings.empty'),
      options: (columns ?? []).filter((one) => one.name === row[side] || isFit(row, one)).map(({ name, label, type }) => ({
        value: name, label, note: `${name} · ${tOr(`mappings.types.${type}`, 'mappings.types.other')}`,
      })),
      none: t('mappings.no_column'),
      choose: (name) => desk.change(row, (draft) => draft.setColumn(row, side, name)),
    }),
    desk.columnOf(row, side) && el('code', { class: 'quiet' }, row[side]),
  );
}

// One converter for both tables, or one for each where their columns differ.
function converterControls(desk, row) {
  const isApart = row.lead_converter !== null;

  return [
    converterSelect(desk, row, 'contact_column', 'converter', isApart ? t('mappings.converter_of.contact') : null),
    isApart && converterSelect(desk, row, 'lead_column', 'lead_converter', t('mappings.converter_of.lead')),
  ];
}

function converterSelect(desk, row, side, part, label) {
  const now = converterOf(row, side);
  const from = row.contact_column === null && part === 'converter' ? 'lead_column' : side;
  const column = desk.columnOf(row, from);
  const anything = row[from] === null || now === TEXT ? CONVERTERS : [now];
  const fitting = convertersFor(row, { converters: column ? [...column.converters, TEXT] : [...anything, TEXT] });
  const offered = [...new Set([...CONVERTERS.filter((one) => fitting.includes(one)), now])]
    .filter((one) => one !== TEXT || part === 'converter');

  return el(
    'div',
    { class: 'stack tight', key: part },
    label && el('span', { class: 'quiet', 'aria-hidden': 'true' }, label),
    el(
      'select',
      {
        ...tied(desk, row, part, t(label ? `mappings.converter_at.${part}` : 'mappings.columns.converter')),
        value: now,
        on: { change: (event) => desk.change(row, (draft) => draft.setConverter(row, side, event.target.value)) },
      },
      offered.map((one) => el('option', { value: one, key: one }, t(`mappings.converters.${one}`))),
    ),
  );
}

// What the mapping, as it is stored, makes of the newest contact or lead.
function exampleOf(desk, row, side, change) {
  if (row[side] === null || converterOf(row, side) === TEXT || row.isDeleted) return null;
  if (!desk.examples) return null;
  if (change) return el('div', { class: 'quiet', key: 'example' }, t('mappings.example_later'));

  const table = tables[side];
  const found = desk.examples.examples.find(({ target }) => target === row.target);

  return found && desk.examples[`${table}_id`] && el(
    'div',
    { class: 'quiet', key: 'example' },
    t('mappings.example'),
    ' ',
    found[table] === null ? t('mappings.example_empty') : el('span', { class: 'value' }, found[table]),
  );
}

// Is the id of the sentence that says why a mapping has to stay.
function lockOf(row) {
  if (!row.required) return null;

  return row.target === 'name:email' ? 'mappings-locked-email' : 'mappings-locked';
}

function actionsOf(desk, row, change) {
  const act = (word, on, because = desk.page.reader) => button(t(`mappings.actions.${word}`), {
    kind: 'subtle',
    key: word,
    because,
    busy: desk.busy !== null,
    'aria-label': `${t(`mappings.actions.${word}`)}: ${row.label}`,
    on,
  });

  return el(
    'div',
    { class: 'row', 'data-anchor': true },
    change && act('undo', () => desk.change(row, (draft) => draft.undo(row))),
    change !== 'deleted' && change !== 'new'
      && act('delete', () => desk.change(row, (draft) => draft.remove(row)), desk.page.reader ?? lockOf(row)),
  );
}
