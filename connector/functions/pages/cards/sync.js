// The four initial syncs: what each does, how far it is, and the buttons to start and steer it.
// All of it is the server's state: another browser, or another administrator, sees the same.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { ask } from '../dialog.js';
import { el } from '../dom.js';
import { ago, number, t } from '../i18n.js';
import { message } from '../parts.js';
import { bookmarkTable } from './bookmarks.js';
import { isFine } from './checks.js';
import { Milestones, nameOf } from './pace.js';
import { hostOf } from './status.js';
import { isStale, syncRow } from './sync-row.js';

export const KINDS = ['contacts_to_spotler', 'leads_to_spotler', 'contacts_to_dataverse', 'mailings_to_dataverse'];
const WRITES_CRM = 'contacts_to_dataverse';

const isBusy = (list) => (list?.jobs ?? []).some((job) => job.state === 'running');

export function syncCard(page) {
  const jobs = page.feed('/jobs', isBusy);
  const connection = page.feed('/connection');
  const bookmarks = page.feed('/bookmarks', () => isBusy(jobs.value));
  const milestones = new Milestones(announce);
  const problems = {};
  let pending = null;

  const newest = (kind, preview) => jobs.value.jobs.find((job) => job.kind === kind && job.preview === preview) ?? null;

  // `next` is where who uses a keyboard goes on, when the button that was pressed is gone.
  async function act(kind, what, next = 'button:enabled') {
    pending = kind;
    delete problems[kind];
    page.redraw();
    try {
      await what();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!error.isSignedOut) problems[kind] = error; // that is told above, until it is over
    }
    await Promise.all([jobs.refresh(), bookmarks.refresh()]);
    pending = null;
    page.redraw();
    keepFocus(kind, next);
  }

  const begin = (kind, asked) => act(kind, async () => {
    await page.api.post('/jobs', { kind, ...asked });
    announce(t('sync.announced.start', { what: nameOf({ kind, preview: false }) }));
  });

  const steer = (verb) => (job) => act(job.kind, async () => {
    await page.api.post(`/jobs/${job.id}/${verb}`);
    announce(t(`sync.announced.${verb}`, { what: nameOf(job) }));
  }, job.preview ? '.preview' : 'button:enabled');

  const actions = {
    preview: (kind) => act(kind, async () => {
      await page.api.post('/jobs', { kind, preview: true });
      announce(t('sync.announced.start', { what: nameOf({ kind, preview: true }) }));
    }, '.preview'),
    async start(kind) {
      const given = await ask(startQuestion(kind, { connection, preview: newest(kind, true), last: newest(kind, false) }));
      if (given !== null) await begin(kind, given === true ? {} : { confirmation: given });
    },
    // Also who was sent before, as after Spotler lost people.
    async anew(kind) {
      const sure = await ask({
        title: t('sync.anew.title', { what: t(`sync.kinds.${kind}.title`) }),
        body: [el('p', {}, t('sync.anew.text')), el('p', {}, t('sync.start.meanwhile'))],
        confirm: t('sync.start.confirm'),
      });
      if (sure) await begin(kind, { anew: true });
    },
    pause: steer('pause'),
    resume: steer('resume'),
    async stop(job) {
      const sure = await ask({
        title: t('sync.stop.title', { what: nameOf(job) }),
        body: el('p', {}, t(job.preview ? 'sync.stop.preview' : 'sync.stop.text')),
        confirm: t('sync.stop.confirm'),
        danger: true,
      });
      if (sure) await steer('cancel')(job);
    },
  };

  page.startSync = actions.start; // for cards that say which sync has to run

  return {
    id: 'sync',
    feeds: [jobs],
    also: [connection, bookmarks, page.mappings],
    render() {
      const forbidden = whyForbidden(connection.value);
      milestones.look(jobs.value.jobs);
      if (pending === null) watchFocus();

      return [
        el('p', { class: 'lead', key: 'lead' }, t('sync.lead'), isGoingOn(connection.value) && [' ', t('sync.meanwhile')]),
        forbidden && el('div', { key: 'forbidden' }, message('info', t(`sync.forbidden.${forbidden}`), { id: 'sync-forbidden' })),
        el('div', { class: 'syncs', key: 'rows' }, KINDS.map((kind) => syncRow({
          page,
          kind,
          job: newest(kind, false),
          preview: newest(kind, true),
          actions,
          because: page.reader ?? (forbidden ? 'sync-forbidden' : null),
          isPending: pending === kind,
          problem: problems[kind] ?? null,
        }))),
        bookmarkTable(bookmarks),
      ];
    },
  };
}

// The button that was pressed may be gone; who uses a keyboard stays at its row.
function keepFocus(kind, next) {
  if (document.activeElement !== document.body) return;

  const row = document.getElementById(`sync-row-${kind}`);
  (next && row?.querySelector(next) || row)?.focus();
}

// A job ends by itself, and its buttons go: who was at one of them stays at the row.
function watchFocus() {
  const kind = KINDS.find((one) => document.getElementById(`sync-row-${one}`)?.contains(document.activeElement));
  if (kind) queueMicrotask(() => keepFocus(kind));
}

// Whether changes go to Spotler as they happen.
const isGoingOn = (connection) => connection?.status === 'connected' && connection.licence.allows_sync && connection.checks.every(isFine);

// Why no initial sync may start, or null; the server has the last word.
function whyForbidden(connection) {
  if (!connection || connection.licence.allows_initial_sync) return null;
  if (connection.status !== 'connected') return 'not_connected';

  return ['trial', 'grace', 'expired', 'not_yet'].includes(connection.licence.state) ? connection.licence.state : 'licence';
}

function startQuestion(kind, { connection, preview, last }) {
  const host = connection.value && hostOf(connection.value.organisation.url);

  return {
    title: t('sync.start.title', { what: t(`sync.kinds.${kind}.title`) }),
    body: [
      el('p', {}, t(`sync.kinds.${kind}.start`)),
      el('p', {}, el('strong', {}, howMany(preview, last))),
      el('p', {}, t('sync.start.meanwhile')),
    ],
    confirm: t('sync.start.confirm'),
    typed: kind === WRITES_CRM && host
      ? { label: t('sync.start.typed', { host }), hint: t('sync.start.typed_hint'), value: host }
      : null,
  };
}

function howMany(preview, last) {
  if (preview?.state === 'done' && !isStale(preview, last)) {
    const { created, changed, unchanged, not_looked_up: unknown } = preview.details;
    const counted = t('sync.start.previewed', {
      ago: ago(preview.finished_at),
      created: number(created), changed: number(changed), unchanged: number(unchanged), excluded: number(preview.excluded),
    });

    return unknown > 0 ? `${counted} ${t('sync.start.not_looked_up', { count: unknown })}` : counted;
  }

  return last?.total != null ? t('sync.start.about', { count: last.total }) : t('sync.start.unknown');
}
