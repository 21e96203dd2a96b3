// What every card gets: who looks at the page, the routes, the feeds, and how to be drawn anew.

import { Feed } from './poll.js';

export class Page {
  // What one card does for another: they are set by the cards that can.
  startSync = null; // (kind)
  lookUp = null; // ({ table, id })
  showRecords = null; // (status, reason)

  #feeds = new Map();

  constructor({ api, me, redraw }) {
    this.api = api;
    this.me = me;
    this.redraw = redraw;
  }

  // Tells whether who looks may change anything.
  get mayChange() { return this.me.roles.includes('Connector.Admin'); }

  // Is the id of the sentence that says why a reader cannot act, or null: for `because` of a button.
  get reader() { return this.mayChange ? null : 'reader-note'; }

  // Returns the one feed of a route; cards that ask for the same share it.
  feed(path, isBusy) {
    if (!this.#feeds.has(path)) this.#feeds.set(path, new Feed(() => this.api.get(path), isBusy));

    return this.#feeds.get(path);
  }

  // The mappings name Spotler's fields, which nobody knows before there is a connection.
  get mappings() { return this.#feedOnceConnected('/mappings', () => this.api.get('/mappings')); }

  // Whether it is known that Spotler is not connected.
  get isUnconnected() { return this.feed('/connection').value?.status === 'not_connected'; }

  #feedOnceConnected(name, read) {
    const connection = this.feed('/connection');
    if (!this.#feeds.has(name)) {
      this.#feeds.set(name, new Feed(async () => {
        if (!connection.readAt) await connection.refresh();
        return this.isUnconnected ? null : read();
      }));
    }

    return this.#feeds.get(name);
  }

  // Reads all anew, after a change that touches all.
  refreshAll() { return Promise.all(this.feeds.map((feed) => feed.refresh())); }

  get feeds() { return [...this.#feeds.values()]; }
}
