// What stands around the cards: the bar, messages that concern the whole page, and signing in.

import { el } from './dom.js';
import { icon } from './icons.js';
import { languages, speak, spoken, t, tOr, when } from './i18n.js';
import { button, message, shimmer } from './parts.js';
import { setTheme, theme, themes } from './theme.js';

export const frame = (app, actions, inside) => [
  el('a', { class: 'skip', href: '#content', key: 'skip' }, t('app.skip')),
  el(
    'header',
    { class: 'bar', key: 'bar' },
    el(
      'div',
      { class: 'bar-inside' },
      el('h1', {}, icon('sync'), t('app.title')),
      app.page && [
        el('span', { class: 'who row', key: 'who' }, icon('person'), app.page.me.name ?? shortId(app.page.me.object_id), roleOf(app.page)),
        button(t('app.sign_out'), { kind: 'subtle', key: 'out', on: actions.signOut }),
      ],
    ),
  ),
  el('main', { class: 'column', id: 'content', key: 'main', tabindex: '-1', 'aria-busy': app.state === 'loading' ? 'true' : null }, inside),
  foot(actions),
];

export const shortId = (id) => id.slice(0, 8);

const roleOf = (page) => el('span', { class: 'badge' }, t(page.mayChange ? 'app.admin' : 'app.reader'));

// What concerns all cards.
export function notices(app, actions) {
  const stale = app.page.feeds.find((feed) => feed.value !== null && feed.problem && !feed.problem.isSignedOut);

  return [
    app.isSignedOut && message('warning', t('session.text'), {
      title: t('session.title'),
      role: 'alert',
      actions: [button(t('session.again'), { kind: 'primary', on: actions.signInAgain })],
    }),
    app.problem && message('danger', signInFault(app.problem), { role: 'alert' }),
    !app.isSignedOut && stale && message('warning', t('offline.text', { when: when(stale.readAt) }), {
      title: t(stale.problem.isUnreachable ? 'offline.title' : 'offline.refused'),
      role: 'alert',
    }),
    !app.page.mayChange && message('info', t('reader.text'), { id: 'reader-note', title: t('reader.title') }),
  ].filter(Boolean).map((one, index) => el('div', { key: `notice-${index}` }, one));
}

// What is shown to who is not let in (yet).
export function welcome(app, actions) {
  if (app.state === 'loading') {
    return [0, 1].map((one) => el('div', { class: 'card skeleton', key: `wait-${one}` }, shimmer()));
  }

  const { title, text, extra, action } = words[app.state](app, actions);

  return el(
    'section',
    { class: 'card welcome', key: app.state, 'aria-labelledby': 'welcome-title' },
    el('h2', { id: 'welcome-title' }, title),
    el('p', { class: 'lead' }, text),
    extra,
    el('div', { class: 'row' }, action),
  );
}

const words = {
  'signed-out': (app, actions) => ({
    title: t('welcome.title'),
    text: t('welcome.text'),
    extra: app.problem && message('danger', signInFault(app.problem), { role: 'alert' }),
    action: button(t('welcome.sign_in'), { kind: 'primary', on: actions.signIn }),
  }),
  'no-role': (app, actions) => ({
    title: t('no_role.title'),
    text: t('no_role.text'),
    extra: el('p', {}, t('no_role.who', { name: app.signIn.name ?? '' })),
    action: button(t('no_role.choose'), { kind: 'primary', on: actions.signOut }),
  }),
  broken: (app, actions) => ({
    title: t('broken.title'),
    text: tOr(`problems.${app.problem.code}`, 'problems.unknown'),
    extra: whatIsWrong(app.problem),
    action: button(t('common.retry'), { kind: 'primary', on: actions.retry }),
  }),
};

// Each setting that is wrong, as the log has it too; or else what the connector said.
function whatIsWrong({ detail, body }) {
  if (body?.faults) return el('ul', { class: 'quiet', lang: 'en' }, body.faults.map((line) => el('li', {}, line)));

  return detail && el('p', { class: 'quiet', lang: 'en' }, detail);
}

function signInFault(error) {
  const said = error.error_description ?? error.error ?? error.detail ?? error.message;

  return [t('welcome.failed'), said && el('div', { class: 'quiet', lang: 'en' }, said)];
}

const foot = (actions) => el(
  'footer',
  { class: 'foot', key: 'foot' },
  choice('language', t('app.language'), spoken(), Object.entries(languages).map(([one, { name }]) => [one, name]), (chosen) => {
    speak(chosen);
    const query = new URLSearchParams(location.search);
    query.set('lcid', languages[chosen].lcid);
    history.replaceState(null, '', `?${query}`);
    actions.draw();
  }),
  choice('theme', t('app.theme'), theme(), themes.map((one) => [one, t(`app.themes.${one}`)]), (chosen) => {
    setTheme(chosen);
    actions.draw();
  }),
);

const choice = (id, label, value, options, choose) => el(
  'div',
  { class: 'row', key: id },
  el('label', { for: `choose-${id}` }, label),
  el(
    'select',
    { class: 'compact', id: `choose-${id}`, value, on: { change: (event) => choose(event.target.value) } },
    options.map(([one, name]) => el('option', { value: one }, name)),
  ),
);
