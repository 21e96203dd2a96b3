// What is said around the table of mappings: what happened, and what has to be done.

import { el } from '../dom.js';
import { t, tOr } from '../i18n.js';
import { button, message, problemMessage } from '../parts.js';

const filterKinds = { updated: 'success', unchanged: 'success' };

// What saving or another action led to; the focus goes there.
export function outcomeOf(desk) {
  const { said } = desk;

  return said && el('div', { id: 'mappings-said', tabindex: '-1', key: 'said', role: 'group', 'aria-label': t('mappings.outcome') }, words[said.kind](said, desk));
}

const words = {
  saved: ({ saved, earlier }, desk) => el(
    'div',
    { class: 'stack stretch' },
    message('success', t('mappings.saved', { count: saved.changed.length })),
    fills(saved, earlier, desk),
    message(filterKinds[saved.filters.outcome] ?? 'warning', [
      tOr(`mappings.filters.${saved.filters.outcome}`, 'mappings.filters.unavailable'),
      saved.filters.detail && !filterKinds[saved.filters.outcome] && el('div', { class: 'quiet', lang: 'en' }, saved.filters.detail),
    ]),
  ),
  refreshed: ({ count }) => message('success', t('mappings.refreshed', { count })),
  rebased: () => message('info', t('mappings.rebased')),
  discarded: () => message('info', t('mappings.discarded')),
  imported: ({ kept }) => message('info', [t('mappings.imported'), kept && ` ${t('mappings.imported_kept', { fields: kept })}`]),
  imported_same: ({ kept }) => (kept
    ? message('info', [t('mappings.imported_nothing'), ` ${t('mappings.imported_kept', { fields: kept })}`])
    : message('success', t('mappings.imported_same'))),
  file: ({ code, fields }) => message('danger', tOr(`mappings.files.${code}`, 'mappings.files.broken', { fields }), { title: t('mappings.files.title') }),
  problem: ({ problem }, desk) => {
    if (problem.code === 'mappings_changed') return overtaken(desk);
    if (problem.code !== 'invalid_mappings') return problemMessage(problem);

    return message('danger', [t('mappings.invalid'), strayFaults(desk)]);
  },
};

// What fills the people who are there already, for as long as no sync has done so since.
function fills(saved, earlier, desk) {
  const isFilled = (kind) => desk.jobs.value?.jobs.some((job) => job.kind === kind && !job.preview && job.state === 'done' && !earlier.has(job.id));
  const left = saved.fills.filter((kind) => !isFilled(kind));

  return left.length > 0 && el('div', { key: 'fills' }, message('info', t('mappings.fill.text'), {
    title: t('mappings.fill.title'),
    actions: left.map((kind) => fillOf(desk, kind)),
  }));
}

// The sync that fills what was there already, or where to see how far it is.
function fillOf({ page, jobs, connection }, kind) {
  const isRunning = jobs.value?.jobs.some((job) => job.kind === kind && !job.preview && job.state === 'running');
  if (isRunning) return el('a', { href: '#sync', key: kind }, t('mappings.fill.running', { what: t(`sync.kinds.${kind}.title`) }));

  const isAllowed = connection.value?.licence.allows_initial_sync !== false;

  return button(t(`mappings.fill.${kind}`), {
    key: kind, because: page.reader ?? (isAllowed ? null : 'sync-forbidden'), on: () => page.startSync(kind),
  });
}

// Faults of what has no row in the table.
function strayFaults(desk) {
  const stray = desk.faults.filter(({ target }) => !desk.draft.find(target));

  return stray.length > 0 && el('ul', {}, stray.map((fault) => el(
    'li',
    {},
    `${fault.target}: `,
    tOr(`mappings.faults.${fault.code}`, 'mappings.faults.other', { detail: fault.detail }),
  )));
}

const overtaken = (desk) => message('warning', t('mappings.changed.text'), {
  title: t('mappings.changed.title'),
  actions: [button(t('mappings.changed.rebase'), { on: () => desk.rebase() })],
});

// What holds for as long as it is so.
export const standing = (desk) => [
  desk.isOvertaken && desk.said?.kind !== 'problem' && el('div', { key: 'overtaken' }, overtaken(desk)),
  desk.draft.view.missing.length > 0 && el('div', { key: 'missing' }, message(
    'warning',
    t('mappings.missing.text', { fields: desk.draft.rows.filter(({ target }) => desk.draft.view.missing.includes(target)).map(({ label }) => label).join(', ') }),
    { title: t('mappings.missing.title') },
  )),
  desk.draft.view.gone?.length > 0 && el('div', { key: 'gone' }, message(
    'danger',
    t('mappings.gone.text', { columns: [...new Set(desk.draft.view.gone.map(({ column }) => column))].join(', ') }),
    { title: t('mappings.gone.title') },
  )),
  desk.draft.view.filters.outcome === 'differs' && desk.said?.kind !== 'saved'
    && el('div', { key: 'differs' }, message('warning', t('mappings.filters.differs'))),
  desk.columnsProblem && el('div', { key: 'columns' }, problemMessage(desk.columnsProblem, { retry: () => desk.readColumnsAgain() })),
];

// Stays in sight for as long as something is not saved.
export const unsavedBar = (desk) => desk.isDirty && el(
  'div',
  { class: 'unsaved spread', key: 'unsaved', role: 'group', 'aria-label': t('mappings.unsaved.label') },
  el('strong', {}, t('mappings.unsaved.text', { count: desk.draft.count })),
  el(
    'div',
    { class: 'row' },
    button(t('mappings.unsaved.discard'), { kind: 'subtle', busy: desk.busy !== null, on: () => desk.discard() }),
    button(t('mappings.unsaved.save'), { kind: 'primary', because: desk.page.reader, busy: desk.busy !== null, on: () => desk.save() }),
  ),
);
