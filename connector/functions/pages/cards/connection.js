// The keys of Spotler and the licence: entered here, tried, and only saved when everything works.

import { announce } from '../announce.js';
import { Problem } from '../api.js';
import { ask } from '../dialog.js';
import { el } from '../dom.js';
import { date, t, tOr, when } from '../i18n.js';
import { shortId } from '../frame.js';
import { button, field, message, problemMessage } from '../parts.js';
import { checkList, checkWords, isFine, isJustNow } from './checks.js';
import { guide } from './guide.js';

const FIELDS = ['key', 'secret', 'licence'];
const idOf = (name) => `connection-${name}`;

export function connectionCard(page) {
  const connection = page.feed('/connection');
  const typed = { key: '', secret: '', licence: '' };
  let busy = null; // 'save' or 'test' while that is under way
  let outcome = null; // what the last one led to

  async function run(what) {
    busy = what;
    outcome = null;
    page.redraw();
    outcome = await (what === 'save' ? save() : test());
    busy = null;
    page.redraw();
    if (outcome) tell(outcome);
  }

  async function save(insists = {}) {
    try {
      await page.api.put('/connection', { ...typed, ...insists });
      for (const name of FIELDS) typed[name] = '';
      await connection.refresh();
      page.refreshAll();

      const { checks } = connection.value;
      const isGood = checks.every(isFine);

      return {
        kind: isGood ? 'success' : 'warning', text: t(isGood ? 'connection.saved' : 'connection.saved_not_all'), checks, at: Date.now(), isSaved: true, isGood,
      };
    } catch (error) {
      if (error.code === 'partly_saved') return partly(error.body);
      if (error.code !== 'licence_worse') return failed(error, t('connection.not_saved'));

      return await askToReplace(error.body) ? save({ replace_licence: true }) : { kind: 'info', text: t('connection.worse.kept') };
    }
  }

  // What stayed of a save that failed is told by its parts, beside what is there now.
  async function partly({ saved, unsure }) {
    await connection.refresh();
    page.refreshAll();
    const what = [...saved.map((one) => `${one}_saved`), ...unsure.map((one) => `${one}_unsure`)].join('_');

    return { kind: 'warning', text: tOr(`connection.partly.${what}`, 'connection.partly.other') };
  }

  async function test() {
    try {
      const { checks } = await page.api.post('/connection/test', typed);
      const isGood = checks.every(isFine);
      const isOfSaved = FIELDS.every((name) => !typed[name]);
      if (isOfSaved) await connection.refresh();

      return isGood
        ? { kind: 'success', text: t('connection.tested'), checks, at: Date.now() }
        : { kind: 'danger', text: t('connection.test_failed'), checks, at: Date.now(), isOfSaved };
    } catch (error) {
      return failed(error, t('connection.test_failed'));
    }
  }

  // The first control with a fault gets the focus; without one, the message that says what is next.
  function tell({ kind, text, isSaved }) {
    if (text) announce(text);
    const first = FIELDS.find((name) => faultOf(outcome, name));
    if (first) document.getElementById(idOf(first)).focus();
    else if (isSaved || kind !== 'success') document.getElementById('connection-outcome').focus();
  }

  // What was found a while ago is not said any more once the checks of now say otherwise.
  function forget() {
    if (!outcome?.at || isJustNow(outcome.at)) return;
    const isWell = connection.value.checks.every(isFine);
    const isOver = outcome.kind === 'success' ? !isWell : (outcome.isOfSaved || outcome.isSaved) && isWell;
    if (isOver) outcome = null;
  }

  const input = (name, saved) => field({
    id: idOf(name),
    label: t(`connection.${name}.label`),
    hint: saved || t(`connection.${name}.hint`),
    fault: faultOf(outcome, name),
    make: (tied) => el(name === 'licence' ? 'textarea' : 'input', {
      ...tied,
      'aria-describedby': [tied['aria-describedby'], page.reader].filter(Boolean).join(' ') || null,
      type: name === 'licence' ? null : name === 'secret' ? 'password' : 'text',
      autocomplete: name === 'secret' ? 'new-password' : 'off',
      spellcheck: 'false',
      autocapitalize: 'off',
      maxlength: name === 'licence' ? 16384 : 256,
      disabled: page.reader !== null,
      readonly: busy !== null,
      value: typed[name],
      on: { input: (event) => { typed[name] = event.target.value; } },
    }),
  });

  return {
    id: 'connection',
    feeds: [connection],
    render() {
      forget();
      const { spotler, licence } = connection.value;
      const isSaved = spotler.secret_saved;
      const hasLicence = licence.state !== 'none';

      return [
        isSaved ? el('p', { class: 'lead', key: 'lead' }, t('connection.lead')) : guide(),
        el('div', { key: 'outcome', id: 'connection-outcome', tabindex: '-1', class: 'stretch' }, outcomeOf(outcome)),
        el(
          'form',
          {
            key: 'form', class: 'stretch form', novalidate: true, on: { submit: (event) => { event.preventDefault(); if (!busy) run('save'); } },
          },
          input('key', isSaved && t('connection.key.saved', { ends: spotler.key_ends ?? '' })),
          input('secret', isSaved && t('connection.secret.saved')),
          input('licence', hasLicence && t('connection.licence.saved')),
          el(
            'div',
            { class: 'row' },
            button(t(busy === 'save' ? 'connection.saving' : 'connection.save'), {
              kind: 'primary', type: 'submit', because: page.reader, busy: busy !== null,
            }),
            button(t(busy === 'test' ? 'connection.testing' : 'connection.test'), {
              because: page.reader, busy: busy !== null, on: () => run('test'),
            }),
          ),
        ),
        el('div', { key: 'checks', class: 'stretch' }, checkList(outcome?.checks ?? (isSaved ? connection.value.checks : []), outcome?.at ?? connection.value.checked_at)),
        isSaved && spotler.saved_at && el(
          'p',
          { class: 'quiet', key: 'saved' },
          t('connection.saved_at', { when: when(spotler.saved_at) }),
          spotler.saved_by && [' ', t('connection.saved_by'), ' ', who(page, spotler.saved_by)],
        ),
      ];
    },
  };
}

// A worse licence takes the place of a better one only when somebody has seen how both end.
const askToReplace = ({ stored, offered }) => ask({
  title: t('connection.worse.title'),
  body: [el('p', {}, endOf('stored', stored)), el('p', {}, endOf('offered', offered)), el('p', { class: 'quiet' }, t('connection.worse.text'))],
  confirm: t('connection.worse.confirm'),
  danger: true,
});

const endOf = (which, { edition, valid_until: until }) => t(`connection.worse.${which}`, {
  edition: tOr(`connection.worse.editions.${edition}`, 'connection.worse.editions.full'), until: date(until),
});

// Of others only the id is known: names are kept nowhere.
export const who = (page, id) => {
  if (id === page.me.object_id) return t('common.you');

  return /^[0-9a-f-]{36}$/i.test(id) ? [t('common.administrator'), ' ', el('code', { title: id }, shortId(id))] : id;
};

function outcomeOf(outcome) {
  if (!outcome) return null;
  if (outcome.problem) return problemMessage(outcome.problem);

  return message(outcome.kind, outcome.isGood && outcome.isSaved && t('connection.next'), {
    title: outcome.text,
    actions: outcome.isSaved ? [el('a', { href: '#sync' }, t('connection.next_link'))] : [],
  });
}

// Who is signed out is told so above, until that is over.
function failed(error, text) {
  if (!(error instanceof Problem)) throw error;
  if (error.isSignedOut) return null;
  if (error.code === 'checks_failed') return { kind: 'danger', text, checks: error.body.checks ?? [], at: Date.now() };
  const malformed = error.code === 'invalid_body' ? FIELDS.filter((name) => isNamed(error.detail, name)) : [];

  return malformed.length ? { kind: 'danger', text, malformed } : { problem: error };
}

// The detail names each value that is wrong: 'key: must be …; secret: must be …'.
const isNamed = (detail, name) => detail.split('; ').some((one) => one.startsWith(`${name}: `));

function faultOf(outcome, name) {
  if (outcome?.malformed?.includes(name)) return t(name === 'licence' ? 'checks.codes.licence_too_long' : 'connection.malformed');
  const check = outcome?.checks?.find((one) => one.outcome === 'failed' && one.field === name);

  return check ? checkWords(check) : null;
}
