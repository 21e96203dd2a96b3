// How far each stream has read, in the words that administrators know: PageNumber and IsProcessed.

import { el } from '../dom.js';
import { number, t, tOr, when } from '../i18n.js';

const columns = ['stream', 'page', 'processed', 'started', 'finished', 'in_sync', 'excluded', 'failed'];
const numbers = new Set(['page', 'in_sync', 'excluded', 'failed']);

export function bookmarkTable(feed) {
  const rows = feed.value?.bookmarks ?? [];

  return el(
    'details',
    { key: 'bookmarks', class: 'bookmarks' },
    el('summary', {}, t('bookmarks.title')),
    el('p', { class: 'lead' }, t('bookmarks.text')),
    rows.length === 0
      ? el('p', { class: 'quiet' }, t('bookmarks.none'))
      : el(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('bookmarks.title') },
        el(
          'table',
          {},
          el('thead', {}, el('tr', {}, columns.map((one) => el('th', { scope: 'col', class: numbers.has(one) ? 'number' : null }, t(`bookmarks.columns.${one}`))))),
          el('tbody', {}, rows.map(row)),
        ),
      ),
  );
}

function nameOf(stream) {
  const kind = stream.replace(/-preview$/, '');
  const what = tOr(`sync.kinds.${kind}.title`, 'bookmarks.streams.other', { stream: kind });

  return kind === stream ? what : t('preview.label', { what });
}

const row = (one) => el(
  'tr',
  { key: one.stream },
  el('th', { scope: 'row' }, nameOf(one.stream)),
  el('td', { class: 'number' }, number(one.PageNumber)),
  el('td', {}, t(one.IsProcessed ? 'common.yes' : 'common.no')),
  el('td', {}, when(one.started_at)),
  el('td', {}, one.finished_at ? when(one.finished_at) : '–'),
  el('td', { class: 'number' }, number(one.in_sync)),
  el('td', { class: 'number' }, number(one.excluded)),
  el('td', { class: 'number' }, number(one.failed)),
);
