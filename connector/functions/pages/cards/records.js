// What reached Spotler and what did not: three numbers, a list behind each, and one record up close.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { number, t, when } from '../i18n.js';
import { RecordDesk } from './record-desk.js';
import { recordList } from './record-list.js';
import { RecordLookup } from './record-lookup.js';
import { Fields } from './record-words.js';

const STATUSES = { in_sync: 'success', excluded: 'neutral', failing: 'danger' };

export function recordsCard(page) {
  const counts = page.feed('/records/counts');
  const mappings = page.feed('/mappings');
  const fields = new Fields(mappings);
  const desk = new RecordDesk(page, counts);
  const lookup = new RecordLookup(page, desk, fields);

  page.lookUp = (record) => lookup.show(record); // for other cards too

  const tile = ([status, kind]) => el(
    'button',
    {
      type: 'button',
      class: 'tile',
      key: status,
      'aria-expanded': String(desk.status === status),
      'aria-controls': desk.status === status ? 'records-list' : null,
      on: { click: () => desk.open(status) },
    },
    el('span', { class: 'row' }, icon(status === 'failing' && counts.value.failing === 0 ? 'success' : kind, status === 'failing' && counts.value.failing === 0 ? 'success' : kind), t(`records.statuses.${status}.title`)),
    el('span', { class: 'big' }, number(counts.value[status])),
    el('span', { class: 'quiet' }, t(`records.statuses.${status}.short`)),
  );

  return {
    id: 'records',
    feeds: [counts],
    also: [mappings],
    render: () => [
      el('p', { class: 'lead', key: 'lead' }, t('records.lead')),
      el('div', { class: 'tiles', key: 'tiles' }, Object.entries(STATUSES).map(tile)),
      el('p', { class: 'quiet', key: 'at' }, t('records.counted', { when: when(counts.value.counted_at) })),
      desk.status && recordList(desk, fields),
      lookup.draw(),
    ],
  };
}
