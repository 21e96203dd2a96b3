// Why a record is where it is, and what somebody can do about it, in plain words.

import { hasWords, t, tOr } from '../i18n.js';

// What Spotler calls the same thing in two ways.
const same = {
  INVALID_PROPERTY: 'PROPERTY_INVALID',
  CONTACT_NOT_FOUND: 'CONTACT_UNKNOWN',
  CONTACT_NOTFOUND: 'CONTACT_UNKNOWN',
  BACKEND_EXCEPTION: 'ERROR',
  AUTH_NOT_FOUND: 'NOT_AUTHORIZED',
};

// Knows what fields are called; without the mappings a field goes by its own name.
export class Fields {
  constructor(feed) { this.feed = feed; }

  find(property) { return this.feed.value?.mappings.find((one) => one.property === property) ?? null; }

  labelOf(property) { return this.find(property)?.label ?? property; }
}

// Returns { title, advice } of a reason, as it stands in a list or in a filter.
export const reasonWords = (reason) => ({
  title: tOr(`records.reasons.${reason}.title`, 'records.reasons.other.title', { code: reason }),
  advice: tOr(`records.reasons.${reason}.advice`, 'records.reasons.other.advice'),
});

// Returns what a record says of itself: its reason, or what Spotler said where it said more.
export function whyOf(record, fields) {
  if (!record.reason) return null;
  if (!record.code) return reasonWords(record.reason);

  const code = same[record.code] ?? record.code;
  const given = { code: record.code, field: record.property && fields.labelOf(record.property) };
  const key = record.property && code === 'PROPERTY_INVALID' ? 'PROPERTY_INVALID_FIELD' : code;

  return {
    title: tOr(`records.codes.${key}.title`, 'records.codes.other.title', given),
    advice: tOr(`records.codes.${key}.advice`, 'records.codes.other.advice', given),
  };
}

// Returns what is said of a value that was left out.
export function noteWords({ property, reason }, fields) {
  const given = { field: fields.labelOf(property), code: reason };
  const type = fields.find(property)?.type ?? 'other';
  const known = [`records.notes.${reason}_${type}`, `records.notes.${reason}`].find(hasWords);

  return t(known ?? 'records.notes.other', given);
}
