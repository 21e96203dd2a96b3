// Whether it works, in one word: the first thing that anybody wants to know.

import { el } from '../dom.js';
import { icon } from '../icons.js';
import { date, t, tOr } from '../i18n.js';
import { facts } from '../parts.js';

export function statusCard(page) {
  const connection = page.feed('/connection');

  return {
    id: 'status',
    feeds: [connection],
    render() {
      const now = connection.value;
      const { kind, state } = stateOf(now);
      const given = { days: now.licence.days_left ?? 0, until: until(now.licence), advice: now.licence.advice ?? '' };

      return [
        el(
          'div',
          { class: 'row status', role: 'status', key: 'status' },
          icon(kind, `large ${kind}`),
          el('div', {}, el('strong', { class: 'word' }, t(`status.${state}.word`, given)), el('p', {}, t(`status.${state}.sentence`, given))),
        ),
        facts(
          [t('status.valid_until'), until(now.licence)],
          [t('status.edition'), now.licence.edition && tOr(`status.editions.${now.licence.edition}`, 'status.editions.full')],
          [t('status.customer'), now.licence.customer],
          [t('status.organisation'), now.organisation.url && host(now.organisation.url)],
          [t('status.version'), now.version],
        ),
      ];
    },
  };
}

const until = (licence) => (licence.valid_until ? date(licence.valid_until) : null);

const host = (url) => (URL.canParse(url) ? new URL(url).host : url);

const kinds = {
  trial: 'success', active: 'success', expiring: 'warning', grace: 'warning', expired: 'danger',
};

// The licence says what may be done; without a connection nothing is done at all.
export function stateOf({ status, licence }) {
  if (licence.state in kinds) {
    if (status !== 'connected' && licence.state !== 'expired') return { kind: 'danger', state: 'not_connected' };
    return { kind: kinds[licence.state], state: licence.state };
  }

  return licence.state === 'none'
    ? { kind: 'neutral', state: 'not_connected' }
    : { kind: 'danger', state: licence.state };
}
