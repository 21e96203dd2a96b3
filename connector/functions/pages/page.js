// What every card gets: who looks at the page, the routes, the feeds, and how to be drawn anew.

import { Feed } from './poll.js';

export class Page {
  // What one card does for another: they are set by the cards that can.
  startSync = null; // (kind)
  lookUp = null; // ({ table, id })

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

  // Whether all answers now, 'ok' or 'degraded', once there is a connection: a feed as well.
  get health() {
    const connection = this.feed('/connection');
    if (!this.#feeds.has('health')) {
      this.#feeds.set('health', new Feed(async () => {
        if (!connection.readAt) await connection.refresh();
        return connection.value?.status === 'connected' ? this.api.health() : null;
      }));
    }

    return this.#feeds.get('health');
  }

  get feeds() { return [...this.#feeds.values()]; }
}
