// What waits for somebody, and what support needs to know.

import { announce } from '../announce.js';
import { download } from '../download.js';
import { el } from '../dom.js';
import { t } from '../i18n.js';
import { button, message, problemMessage, shimmer } from '../parts.js';
import { loadList } from './queue-loads.js';
import { Fields } from './record-words.js';
import { supportFile } from './support-file.js';
import { WaitingDesk } from './waiting-desk.js';
import { deadLists, parkedList } from './waiting-lists.js';

export function diagnoseCard(page) {
  const parked = page.feed('/parked');
  const dead = page.feed('/dead-letters');
  const queues = page.feed('/queues');
  const mappings = page.mappings;
  const desk = new WaitingDesk(page, parked, dead);
  const fields = new Fields(mappings);
  let isMaking = false;

  async function makeFile() {
    isMaking = true;
    page.redraw();
    const file = await supportFile(page.api);
    download(`spotler-connector-support-${file.made_at.slice(0, 10)}.json`, file);
    isMaking = false;
    page.redraw();
    announce(t('diagnose.support.made'));
  }

  // One list may be there without the other.
  const listOf = (feed, draw) => {
    if (feed.value !== null) return draw();
    if (!feed.problem) return shimmer();
    if (feed.problem.isMissing) return message('info', t('common.not_available'));

    return problemMessage(feed.problem, { retry: () => feed.refresh() });
  };

  return {
    id: 'diagnose',
    feeds: [],
    also: [parked, dead, queues, mappings],
    render: () => [
      el('p', { class: 'lead', key: 'lead' }, t('diagnose.lead')),
      el(
        'section',
        { class: 'stack stretch', key: 'queues', 'aria-labelledby': 'diagnose-queues' },
        el('h3', { id: 'diagnose-queues' }, t('queues.title')),
        el('p', { class: 'lead' }, t('queues.text')),
        listOf(queues, () => loadList(queues.value.queues)),
      ),
      el('div', { class: 'stack stretch', key: 'parked' }, listOf(parked, () => parkedList(desk, fields))),
      el('div', { key: 'dead' }, listOf(dead, () => deadLists(desk))),
      el(
        'section',
        { class: 'stack', key: 'support', 'aria-labelledby': 'diagnose-support' },
        el('h3', { id: 'diagnose-support' }, t('diagnose.support.title')),
        el('p', { class: 'lead' }, t('diagnose.support.text')),
        button(t('diagnose.support.action'), { busy: isMaking, on: makeFile }),
      ),
    ],
  };
}
