// The pieces that cards are made of.

import { el } from './dom.js';
import { icon } from './icons.js';
import { t, tOr } from './i18n.js';

// A button. `because` is the id of the sentence that says why it cannot be used; a busy one keeps the
// focus, and waits.
export const button = (label, {
  kind = '', on, because = null, busy = false, describedBy = null, ...rest
}) => el('button', {
  type: 'button',
  class: kind || null,
  disabled: because !== null,
  'aria-describedby': because ?? describedBy,
  'aria-disabled': busy ? 'true' : null,
  on: { click: busy ? (event) => event.preventDefault() : on },
  ...rest,
}, label);

// A message: kind is success, warning, danger or info.
export const message = (kind, text, { title = null, actions = [], id = null, role = null } = {}) => el(
  'div',
  { class: `message ${kind}`, id, role },
  icon(kind),
  el(
    'div',
    { class: 'text' },
    title && el('strong', {}, title),
    text && el('div', {}, text),
    actions.length > 0 && el('div', { class: 'actions' }, actions),
  ),
);

// A labelled control with a hint, and with what is wrong with it: tied to it for who does not see it.
// `make` gets the attributes that the control must have.
export function field({ id, label, hint = null, fault = null, make }) {
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');

  return el(
    'div',
    { class: 'field', key: id },
    el('label', { for: id }, label),
    make({ id, 'aria-describedby': described || null, 'aria-invalid': fault ? 'true' : null }),
    hint && el('div', { class: 'hint', id: `${id}-hint` }, hint),
    fault && el('div', { class: 'fault', id: `${id}-fault` }, icon('danger'), el('div', {}, fault)),
  );
}

export const badge = (kind, word, picture = kind) => el('span', { class: `badge ${kind}` }, icon(picture), word);

export const facts = (...pairs) => el(
  'dl',
  { class: 'facts' },
  pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined)
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
);

export const shimmer = () => el('div', { class: 'shimmer', 'aria-hidden': 'true' }, el('span'), el('span'), el('span'));

// What went wrong in words, for any problem; the server's own sentence stands below it.
export function problemMessage(problem, { retry = null, id = null } = {}) {
  const quiet = problem.isUnreachable ? null : problem.detail;

  return message('danger', [
    tOr(`problems.${problem.code}`, 'problems.unknown'),
    quiet && el('div', { class: 'quiet', lang: 'en' }, quiet),
    problem.correlation && el('div', { class: 'quiet' }, t('problems.correlation'), ' ', el('code', {}, problem.correlation)),
  ], { id, role: 'alert', actions: retry ? [button(t('common.retry'), { on: retry })] : [] });
}
