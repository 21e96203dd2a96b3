// Whether it works, in one word: the first thing that anybody wants to know.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { date, t, tOr, when } from '../i18n.js';
import { facts, message } from '../parts.js';
import { checkDetail, checkWords, isFine, isLoss, isUntold } from './checks.js';
import { loadLine, totalOf } from './queue-loads.js';

export function statusCard(page) {
  const connection = page.feed('/connection');
  const queues = page.feed('/queues');

  return {
    id: 'status',
    feeds: [connection],
    also: [queues],
    aside: () => el('span', { class: 'quiet' }, t('status.version', { version: connection.value.version })),
    render() {
      const now = connection.value;
      const { kind, state } = stateOf(connection);
      const given = {
        days: now.licence.days_left ?? 0, until: until(now.licence), advice: now.licence.advice ?? '', when: when(connection.readAt),
      };
      const isBroken = (check) => state in BROKEN && !isFine(check) && check.outcome !== 'skipped';
      const broken = now.checks.filter((check) => isBroken(check) || isLoss(check));

      return [
        el(
          'div',
          { class: 'row status', role: 'status', key: 'status' },
          icon(kind, `large ${kind}`),
          el('div', {}, el('strong', { class: 'word' }, t(`status.${state}.word`, given)), el('p', {}, t(`status.${state}.sentence`, given))),
        ),
        broken.map((check) => message('warning', [checkWords(check), checkDetail(check)], {
          title: [tOr(`checks.names.${check.name}`, 'checks.names.other'), check.since && ` (${t('checks.since', { when: when(check.since) })})`],
        })),
        now.licence.clock_went_back && message('warning', t('status.clock')),
        facts(
          ...activityOf(now),
          queues.value && [t('status.queues'), loadLine(totalOf(queues.value.queues))],
          [t('status.valid_until'), until(now.licence)],
          [t('status.edition'), now.licence.edition && tOr(`status.editions.${now.licence.edition}`, 'status.editions.full')],
          [t('status.customer'), now.licence.customer],
          [t('status.organisation'), now.organisation.url && hostOf(now.organisation.url)],
        ),
      ];
    },
  };
}

// When a change last came in, and when one last went to Spotler.
function activityOf({ status, activity }) {
  if (status !== 'connected') return [];
  const moment = (instant) => (instant ? when(instant) : t('status.never'));

  return [[t('status.received'), moment(activity.received_at)], [t('status.sent'), moment(activity.sent_at)]];
}

const until = (licence) => (licence.valid_until ? date(licence.valid_until) : null);

// The name of an environment, which is also what has to be typed before it is written.
export const hostOf = (url) => (URL.canParse(url) ? new URL(url).hostname : url);

const kinds = {
  trial: 'success', active: 'success', expiring: 'warning', grace: 'warning', expired: 'danger',
};

// Changes have a queue of their own.
const isOfJobs = ({ code }) => code === 'steps_refused';

// The states in which some check failed, from the worst on; each says what is not so.
const BROKEN = {
  not_told: (checks) => checks.some(isUntold),
  not_taken: (checks) => checks.some((check) => check.name === 'queues' && !isOfJobs(check)),
  not_done: (checks) => checks.some(({ name }) => name === 'changes'),
  fields_behind: (checks) => checks.every(({ code }) => code === 'columns_missing'),
  jobs_stand: (checks) => checks.every(isOfJobs),
  unsure: (checks) => checks.every(({ name }) => name === 'steps'),
  no_withdrawals: (checks) => checks.every(({ name }) => name === 'permissions'),
  disturbed: () => true,
};

// The licence says what may be done; without a connection nothing is done at all. What was read too
// long ago says nothing of now. Settings that name another environment come first: neither a licence
// nor keys would help.
function stateOf({ value: { status, licence, checks }, problem }) {
  const isConnected = status === 'connected';
  if (!problem && checks.some(({ code }) => code === 'other_organisation')) return { kind: 'warning', state: 'not_told' };
  if (!isConnected && (licence.state in kinds || licence.state === 'none') && licence.state !== 'expired') {
    return { kind: 'neutral', state: 'not_connected' };
  }
  if (licence.state === 'none') return { kind: 'danger', state: 'no_licence' };
  if (licence.allows_sync) {
    if (problem) return { kind: 'neutral', state: 'stale' };
    const failed = checks.filter(({ outcome }) => outcome === 'failed');
    if (failed.length) return { kind: 'warning', state: Object.keys(BROKEN).find((state) => BROKEN[state](failed)) };
  }

  return { kind: kinds[licence.state] ?? 'danger', state: licence.state };
}
