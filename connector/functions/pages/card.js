// A card of the page: its title, and its body as soon as its feeds have something to say.

import { el } from './dom.js';
import { t } from './i18n.js';
import { message, problemMessage, shimmer } from './parts.js';

// A card is { id, feeds, render }: `feeds` must have been read before render() is called, which
// returns what to show; `also` are feeds that it can do without. `title` and `aside` (beside the
// title) are functions, and may be left out. So is `waits`: it returns what to say for as long as the
// card can do nothing yet.
export function drawCard(card) {
  const title = `${card.id}-title`;

  return el(
    'section',
    { class: 'card', id: card.id, key: card.id, 'aria-labelledby': title, tabindex: '-1' },
    el(
      'header',
      {},
      el('h2', { id: title }, card.title?.() ?? t(`${card.id}.title`)),
      isReady(card) && !card.waits?.() && card.aside?.(),
    ),
    el('div', { class: 'body', 'aria-busy': card.waits?.() || isReady(card) || whyNot(card) ? null : 'true' }, bodyOf(card)),
  );
}

const isReady = (card) => card.feeds.every((feed) => feed.value !== null);

const whyNot = (card) => card.feeds.find((feed) => feed.value === null && feed.problem);

function bodyOf(card) {
  const waits = card.waits?.();
  if (waits) return message('info', waits);
  if (isReady(card)) return card.render();

  const broken = whyNot(card);
  if (!broken) return shimmer();
  if (broken.problem.isMissing) return message('info', t('common.not_available'));

  return problemMessage(broken.problem, { retry: () => broken.refresh() });
}
