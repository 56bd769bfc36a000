/** @file One event stream, which comes back by itself and goes on where it was. */

const RETRY_MS = 2000;

/** Follows a stream until it is closed. */
export class Follower {
  /**
   * @param {string} path
   * @param {Record<string, (data: any) => void>} takers What to do with events, by their type.
   * @param {(connected: boolean) => void} onLink
   */
  constructor(path, takers, onLink) {
    this.path = path;
    this.takers = takers;
    this.onLink = onLink;
    this.after = "0";
    this.timer = 0;
    /** @type {EventSource | null} */
    this.source = null;
    this.open();
  }

  /** Connects, after what is known already. */
  open() {
    if (this.source) return;
    const source = new EventSource(`${this.path}?after=${this.after}`);
    this.source = source;
    source.onopen = () => this.onLink(true);
    source.onerror = () => this.lost();
    for (const [type, take] of Object.entries(this.takers)) {
      source.addEventListener(type, (event) => {
        if (event.lastEventId) this.after = event.lastEventId;
        take(JSON.parse(event.data));
      });
    }
  }

  /** Comes back later. A browser would by itself, but not after an answer that is an error. */
  lost() {
    this.pause();
    this.onLink(false);
    this.timer = window.setTimeout(() => this.open(), RETRY_MS);
  }

  /** Disconnects until `open`. */
  pause() {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
