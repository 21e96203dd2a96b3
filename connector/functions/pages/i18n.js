// The page's words, in the language of who reads it; numbers, dates and times too.

const byLcid = new Map([['1033', 'en'], ['1043', 'nl']]); // a map: an address may hold any name
export const languages = { nl: { name: 'Nederlands', lcid: 1043 }, en: { name: 'English', lcid: 1033 } };
const locales = { nl: 'nl-NL', en: 'en-GB' };

const words = {};
let language = 'nl';

export async function loadWords() {
  await Promise.all(Object.keys(languages).map(async (one) => {
    words[one] = await (await fetch(new URL(`./${one}.json`, import.meta.url))).json();
  }));
  const asked = byLcid.get(new URLSearchParams(location.search).get('lcid'));
  speak(asked ?? navigator.languages.map((one) => one.slice(0, 2)).find((one) => Object.hasOwn(languages, one)) ?? 'en');
}

export const spoken = () => language;

export function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
}

// t(key, { days: 3 }): a word with `one` and `other` goes by its first number, and one with that very
// number before both: { "0": "today", "1": "tomorrow", "other": "in {days} days" }.
export function t(key, given = {}) {
  const word = find(key);
  if (word === undefined) return key;

  const many = Object.values(given).find((value) => typeof value === 'number');
  const text = typeof word === 'string' ? word : word[many] ?? word[rules().select(many ?? 0)] ?? word.other;

  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = given[name];
    return typeof value === 'number' ? number(value) : String(value ?? all);
  });
}

export const hasWords = (key) => find(key) !== undefined;

// The words of a code that the server may have made up since: the second key if there are none.
export const tOr = (key, instead, given) => t(hasWords(key) ? key : instead, given);

export const number = (value) => new Intl.NumberFormat(locales[language]).format(value);

// A calendar date, such as '2026-11-26': the same day wherever it is read.
export const date = (day) => new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone: 'UTC' })
  .format(new Date(`${day.slice(0, 10)}T00:00:00Z`));

// A moment, in the clock of who reads it.
export const when = (instant) => new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short' })
  .format(new Date(instant));

const steps = [['day', 86400], ['hour', 3600], ['minute', 60]];

export function ago(instant, now = Date.now()) {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const [unit, size] = steps.find(([, long]) => Math.abs(seconds) >= long) ?? ['minute', 60];
  const count = Math.trunc(seconds / size) || 0;

  return count === 0
    ? t('time.now')
    : new Intl.RelativeTimeFormat(locales[language], { numeric: 'auto' }).format(count, unit);
}

// How long something takes, in at most two units.
export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes, rest] = [Math.trunc(whole / 3600), Math.trunc(whole / 60) % 60, whole % 60];
  if (hours) return minutes ? `${unit(hours, 'hour')} ${unit(minutes, 'minute')}` : unit(hours, 'hour');
  if (minutes >= 10 || (minutes && !rest)) return unit(minutes, 'minute');
  return minutes ? `${unit(minutes, 'minute')} ${unit(rest, 'second')}` : unit(rest, 'second');
}

const unit = (value, name) => new Intl.NumberFormat(
  locales[language],
  { style: 'unit', unit: name, unitDisplay: 'long' },
).format(value);

const isWord = (at) => typeof at === 'object' && at !== null;

const rules = () => new Intl.PluralRules(language);

function find(key) {
  const word = key.split('.').reduce((at, part) => (isWord(at) && Object.hasOwn(at, part) ? at[part] : undefined), words[language]);

  return typeof word === 'string' || word?.other ? word : undefined;
}
