// A file for support: how things stand, in ids, codes, times and counts. Each member is named here,
// so that no secret and nothing of a person can come along when an answer gets another member.

import { Problem } from '../api.js';

const parts = {
  connection: ['/connection', ({ organisation, version, status, spotler, licence, checks, checked_at: at, activity }) => ({
    organisation_id: organisation.id,
    version,
    status,
    has_key: spotler.key_ends !== null,
    has_secret: spotler.secret_saved,
    licence: pick(licence, ['state', 'reason', 'edition', 'valid_from', 'valid_until', 'days_left', 'clock_went_back', 'allows_sync', 'allows_initial_sync']),
    checks: checks.map((one) => pick(one, ['name', 'outcome', 'code', 'since'])),
    checked_at: at,
    activity: pick(activity, ['received_at', 'sent_at']),
  })],
  jobs: ['/jobs', ({ jobs }) => jobs.map((one) => pick(one, [
    'id', 'kind', 'preview', 'state', 'reason', 'started_at', 'moved_at', 'finished_at', 'waits_until', 'cause', 'total', 'done', 'in_sync', 'excluded', 'failed', 'page',
  ]))],
  bookmarks: ['/bookmarks', ({ bookmarks }) => bookmarks.map((one) => pick(one, [
    'stream', 'PageNumber', 'IsProcessed', 'started_at', 'finished_at', 'in_sync', 'excluded', 'failed',
  ]))],
  counts: ['/records/counts', ({ in_sync: inSync, excluded, failing, counted_at: at, reasons }) => ({
    in_sync: inSync, excluded, failing, counted_at: at, reasons: reasons.map((one) => pick(one, ['status', 'reason', 'count'])),
  })],
  mappings: ['/mappings', ({ mappings, missing, deleted, filters }) => ({
    count: mappings.length, missing: missing.length, deleted: deleted.length, filters: filters.outcome,
  })],
  parked: ['/parked', ({ parked }) => parked.map((one) => pick(one, [
    'id', 'queue', 'kind', 'table', 'record_id', 'reason', 'attempts', 'parked_at', 'first_parked_at', 'readable',
  ]))],
  queues: ['/queues', ({ queues }) => queues.map((one) => ({
    queue: one.queue, ...Object.fromEntries(['waiting', 'scheduled', 'dead'].map((kind) => [kind, pick(one[kind], ['count', 'at_least'])])),
  }))],
  dead_letters: ['/dead-letters', ({ queues }) => queues.map(({ queue, messages, more }) => ({
    queue,
    more,
    messages: messages.map((one) => pick(one, ['sequence_number', 'message_id', 'enqueued_at', 'reason', 'delivery_count', 'kind', 'table', 'record_id'])),
  }))],
};

// Reads all anew; what cannot be read says why.
export async function supportFile(api) {
  const read = await Promise.all(Object.entries(parts).map(async ([name, [path, choose]]) => {
    try {
      return [name, choose(await api.get(path))];
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;

      return [name, { problem: pick(problem, ['code', 'status', 'correlation']) }];
    }
  }));

  return { v: 1, made_at: new Date().toISOString(), ...Object.fromEntries(read) };
}

const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
