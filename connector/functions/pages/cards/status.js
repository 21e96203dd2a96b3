// Whether it works, in one word: the first thing that anybody wants to know.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { date, t, tOr } from '../i18n.js';
import { facts, message } from '../parts.js';
import { checkWords, isJustNow, isWithin } from './checks.js';

export function statusCard(page) {
  const connection = page.feed('/connection');
  const { health } = page;

  return {
    id: 'status',
    feeds: [connection],
    also: [health],
    aside: () => el('span', { class: 'quiet' }, t('status.version', { version: connection.value.version })),
    render() {
      const now = connection.value;
      const { kind, state } = stateOf(now, health.value);
      const given = { days: now.licence.days_left ?? 0, until: until(now.licence), advice: now.licence.advice ?? '' };

      return [
        el(
          'div',
          { class: 'row status', role: 'status', key: 'status' },
          icon(kind, `large ${kind}`),
          el('div', {}, el('strong', { class: 'word' }, t(`status.${state}.word`, given)), el('p', {}, t(`status.${state}.sentence`, given), state === 'disturbed' && [' ', t(page.mayChange ? 'status.disturbed.look' : 'status.disturbed.ask')])),
        ),
        state === 'disturbed' && broken(now, health.value).map((check) => message('warning', checkWords(check), {
          title: tOr(`checks.names.${check.name}`, 'checks.names.other'),
        })),
        now.licence.clock_went_back && message('warning', t('status.clock')),
        facts(
          [t('status.valid_until'), until(now.licence)],
          [t('status.edition'), now.licence.edition && tOr(`status.editions.${now.licence.edition}`, 'status.editions.full')],
          [t('status.customer'), now.licence.customer],
          [t('status.organisation'), now.organisation.url && hostOf(now.organisation.url)],
        ),
      ];
    },
  };
}

const until = (licence) => (licence.valid_until ? date(licence.valid_until) : null);

// The name of an environment, which is also what has to be typed before it is written.
export const hostOf = (url) => (URL.canParse(url) ? new URL(url).hostname : url);

const kinds = {
  trial: 'success', active: 'success', expiring: 'warning', grace: 'warning', expired: 'danger',
};

const RECENT_MS = 15 * 60_000;

// What failed when somebody looked last, for as long as all may not be well again.
function broken({ checks, checked_at }, health) {
  const counts = isJustNow(checked_at) || (health !== 'ok' && isWithin(checked_at, RECENT_MS));

  return counts ? checks.filter((check) => check.outcome === 'failed') : [];
}

const isJustFine = ({ checks, checked_at }) => isJustNow(checked_at) && checks.every((check) => check.outcome === 'ok');

// The licence says what may be done; without a connection nothing is done at all.
function stateOf(now, health) {
  const { status, licence } = now;
  const isConnected = status === 'connected';
  if (!isConnected && (licence.state in kinds || licence.state === 'none') && licence.state !== 'expired') {
    return { kind: 'neutral', state: 'not_connected' };
  }
  if (licence.state === 'none') return { kind: 'danger', state: 'no_licence' };
  if (licence.allows_sync && ((health === 'degraded' && !isJustFine(now)) || broken(now, health).length)) return { kind: 'warning', state: 'disturbed' };

  return { kind: kinds[licence.state] ?? 'danger', state: licence.state };
}
