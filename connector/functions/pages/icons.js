// The page's pictures, drawn in lines; each stands beside a word that says the same.

import { el } from './dom.js';

const paths = {
  success: ['M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z', 'm6.8 10.2 2.2 2.2 4.3-4.6'],
  warning: ['M10 3 2.5 16.5h15L10 3Z', 'M10 8.2v3.6', 'M10 14.2v.1'],
  danger: ['M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z', 'm7.3 7.3 5.4 5.4', 'm12.7 7.3-5.4 5.4'],
  info: ['M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z', 'M10 9.2v4.3', 'M10 6.6v.1'],
  neutral: ['M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z', 'M6.8 10h6.4'],
  clock: ['M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z', 'M10 5.8V10l2.8 1.8'],
  pause: ['M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0Z', 'M8.2 7.5v5', 'M11.8 7.5v5'],
  running: ['M16.5 8.2A6.8 6.8 0 0 0 4.6 6M3.5 11.8A6.8 6.8 0 0 0 15.4 14', 'M4.4 2.8V6h3.2', 'M15.6 17.2V14h-3.2'],
  sync: ['M3.5 7h11l-3-3', 'M16.5 13h-11l3 3'],
  right: ['M3.5 10h13', 'm12 5.5 4.5 4.5-4.5 4.5'],
  lock: ['M5 9h10v7.5H5V9Z', 'M7 9V6.5a3 3 0 0 1 6 0V9'],
  away: ['M8.5 4H4v12h12v-4.5', 'M11.5 3.5h5v5', 'm16 4-7 7'],
  person: ['M13 6.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z', 'M4 16.5c.6-3 2.8-4.5 6-4.5s5.4 1.5 6 4.5'],
};

export const icon = (name, className = '') => el(
  'svg',
  { class: `icon ${className}`.trim(), viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false' },
  ...(paths[name] ?? []).map((d) => el('path', { d })),
);
