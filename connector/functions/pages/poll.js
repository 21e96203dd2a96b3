// A feed is what one route says, read again and again: every 2 seconds while something runs, every
// 30 otherwise, and not at all while nobody looks at the page.

import { Problem } from './api.js';

const BUSY_MS = 2_000;
const CALM_MS = 30_000;

export class Feed {
  value = null; // the last that was read
  problem = null; // why the last reading failed
  readAt = null;
  #followers = new Set();
  #reading = null;
  #timer = null;

  constructor(read, isBusy = () => false) {
    this.read = read;
    this.isBusy = isBusy;
  }

  follow(follower) {
    this.#followers.add(follower);
    if (!this.#reading && !this.readAt) this.refresh();
  }

  // Reads anew, also when a reading from before a change is still under way.
  refresh() {
    const before = this.#reading;
    const mine = (before ?? Promise.resolve()).then(() => this.#readOnce()).finally(() => {
      if (this.#reading === mine) {
        this.#reading = null;
        this.#wait();
      }
    });
    this.#reading = mine;

    return mine;
  }

  // Goes on, or stops, as the page is seen or not.
  wake() {
    clearTimeout(this.#timer);
    if (!document.hidden && this.#followers.size) this.refresh();
  }

  tell() { for (const follower of this.#followers) follower(this); }

  async #readOnce() {
    clearTimeout(this.#timer);
    const before = [this.value, this.problem];
    try {
      this.value = await this.read();
      this.problem = null;
      this.readAt = Date.now();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
    if (before[0] !== this.value || before[1] !== this.problem) this.tell();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (document.hidden || this.problem?.isSignedOut || this.problem?.isMissing) return;

    this.#timer = setTimeout(() => this.refresh(), this.isBusy(this.value) && !this.problem ? BUSY_MS : CALM_MS);
  }
}

// Wakes all feeds when the page is looked at again, or the network is back.
export function keepAwake(feeds) {
  const wake = () => { for (const feed of feeds()) feed.wake(); };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
}
