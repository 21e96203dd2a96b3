// The first three steps, for who has never seen this page.

import { el } from '../dom.js';
import { t } from '../i18n.js';

const steps = ['keys', 'fields', 'licence'];

export const guide = () => el(
  'section',
  { class: 'guide', key: 'guide', 'aria-labelledby': 'guide-title' },
  el('h3', { id: 'guide-title' }, t('guide.title')),
  el('ol', { class: 'steps' }, steps.map((step) => el(
    'li',
    {},
    el('strong', {}, t(`guide.${step}.title`)),
    el('p', {}, t(`guide.${step}.text`)),
    step === 'fields' && el(
      'ul',
      {},
      ['Type', 'Birthday', 'Owner'].map((name) => el('li', {}, t(`guide.fields.${name}`))),
    ),
  ))),
);
