// Asks before something is done that cannot be undone.

import { el, show } from './dom.js';
import { t } from './i18n.js';
import { field } from './parts.js';

// Resolves with true, or with what was typed where `typed` must be; with null if nothing is to be done.
// typed: { label, hint, value }, and the confirming button works only once the value stands there.
export function ask({ title, body, confirm, danger = false, typed = null }) {
  const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' });
  document.body.append(dialog);
  let given = '';
  const fits = () => !typed || given.trim() === typed.value;

  const draw = () => show(dialog, el(
    'form',
    { method: 'dialog', on: { submit: (event) => { if (!fits()) event.preventDefault(); else dialog.returnValue = 'yes'; } } },
    el('h2', { id: 'dialog-title' }, title),
    el('div', { class: 'stack' }, body),
    typed && field({
      id: 'dialog-typed',
      label: typed.label,
      hint: typed.hint,
      make: (tied) => el('input', {
        ...tied, type: 'text', autocomplete: 'off', spellcheck: 'false', on: { input: (event) => { given = event.target.value; draw(); } },
      }),
    }),
    el(
      'div',
      { class: 'buttons' },
      el('button', { type: 'button', on: { click: () => dialog.close('no') } }, t('common.cancel')),
      el('button', { type: 'submit', class: danger ? 'danger' : 'primary', disabled: !fits() }, confirm),
    ),
  ));
  draw();

  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      const agreed = dialog.returnValue === 'yes';
      dialog.remove();
      resolve(agreed ? (typed ? given.trim() : true) : null);
    });
    dialog.showModal();
  });
}
