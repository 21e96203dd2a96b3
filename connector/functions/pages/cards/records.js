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
  const jobs = page.feed('/jobs');
  const counts = page.feed('/records/counts', (value) => isBehind(jobs.value, value));
  const mappings = page.mappings;
  const fields = new Fields(mappings);
  const desk = new RecordDesk(page, counts);
  const lookup = new RecordLookup(page, desk, fields);

  jobs.follow(() => { if (isMoving(jobs.value) || isBehind(jobs.value, counts.value)) counts.refresh(); });
  page.showRecords = (status, reason = null) => {
    if (desk.status !== status) desk.open(status);
    if (reason !== null) desk.narrow({ reason, table: '', since: '', notes: false });
  };
  page.lookUp = (record) => lookup.show(record); // for other cards too

  const isWell = (status) => status === 'failing' && counts.value.failing === 0;

  // Of whom a value was left out does not stand in Spotler as in Dynamics.
  const noted = (status) => (status === 'in_sync' ? counts.value.with_notes ?? 0 : 0);

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
    el('span', { class: 'row' }, icon(isWell(status) ? 'success' : kind, isWell(status) ? 'success' : kind), t(`records.statuses.${status}.title`)),
    el('span', { class: 'big' }, number(counts.value[status] - noted(status))),
    el('span', { class: 'quiet' }, t(isWell(status) ? 'records.nothing_to_do' : `records.statuses.${status}.short`)),
    noted(status) > 0 && el('span', { class: 'quiet' }, t('records.with_notes', { count: noted(status) })),
  );

  return {
    id: 'records',
    feeds: [counts],
    also: [mappings],
    waits: () => page.isUnconnected && isEmpty(counts.value) && t('records.not_connected'),
    render: () => [
      el('p', { class: 'lead', key: 'lead' }, t('records.lead')),
      el('div', { class: 'tiles', key: 'tiles' }, Object.entries(STATUSES).map(tile)),
      el('p', { class: 'quiet', key: 'at' }, t('records.counted', { when: when(counts.value.counted_at) })),
      unseen(counts.value),
      desk.status && recordList(desk, fields),
      lookup.draw(),
    ],
  };
}

// The numbers tell of people who were looked at already: how many were not, by Dynamics' own count.
function unseen({ not_looked_at: count }) {
  if (count === 0) return null;

  return el('p', { class: 'quiet', key: 'unseen' }, count === null ? t('records.unseen_unknown') : t('records.unseen', { count }));
}

const isEmpty = (counts) => Object.keys(STATUSES).every((status) => !counts?.[status]);

const syncs = (list) => (list?.jobs ?? []).filter((job) => !job.preview);

const isMoving = (list) => syncs(list).some((job) => job.state === 'running');

// Whether a sync ended after what the numbers tell of: then they are read again until they tell of it.
const isBehind = (list, counts) => counts !== null
  && syncs(list).some((job) => job.finished_at !== null && new Date(job.finished_at) >= new Date(counts.counted_at));
