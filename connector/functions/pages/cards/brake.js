// Sends all of a list again, and asks first where more people could be ended than is plausible.

import { Problem } from '../api.js';
import { ask } from '../dialog.js';
import { el } from '../dom.js';
import { number, t } from '../i18n.js';

// Yields the answer of each page; null as the last one when who looks thought better of it.
export async function* pagesOfAll(api, wanted) {
  let more = { cursor: null };
  while (more) {
    try {
      const page = await api.post('/records/send-all', { ...wanted, ...more });
      more = page.cursor && { ...more, cursor: page.cursor };
      yield page;
    } catch (problem) {
      if (!isBrake(problem)) throw problem;

      more = (await askToLift(problem.body)) && { ...more, lift_brake: true };
      if (!more) yield null;
    }
  }
}

const isBrake = (problem) => problem instanceof Problem && problem.code === 'brake';

const askToLift = ({ count, limit }) => ask({
  title: t('records.brake.title', { count }),
  body: ['why', 'what', 'look'].map((one) => el('p', {}, t(`records.brake.${one}`, { count, limit: number(limit) }))),
  confirm: t('records.brake.confirm', { count }),
  danger: true,
});
