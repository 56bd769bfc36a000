/** @file A WebSocket that comes back by itself, later each time that it fails, and notices when the other side is gone. */

import { at } from "../base";
import { subprotocols } from "../session";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const STEADY_MS = 5_000;

/** How a connection is; `away` is shown to people only when it lasts. */
export type Connection = "connecting" | "live" | "away";

/** What a socket is for. */
export interface Wishes {
  /** The path, asked for before each connection, since it may have a cursor. */
  path: () => string;
  /** Told each message. */
  onMessage: (data: unknown) => void;
  /** Told when the connection changes. */
  onConnection: (connection: Connection) => void;
  /** Whether the server ended it for good, by the close code. */
  isOver?: (code: number) => boolean;
  /** Called before it is tried again; false when there is no use in it. */
  mayRetry?: () => Promise<boolean>;
  /** Milliseconds of silence after which the other side counts as gone; not given when the server has no sign of life. */
  silenceMs?: number;
  /** Told of such a silence. */
  onSilence?: () => void;
}

const all = new Set<LiveSocket>();

/** Has all connections begin anew: one has found that the other side is gone, and most tell nothing while all is quiet. */
export function restartAll(): void {
  for (const one of all) one.restart();
}

/** Keeps a connection open until `close`. */
export class LiveSocket {
  #socket: WebSocket | null = null;
  #failures = 0;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly wishes: Wishes) {
    window.addEventListener("online", this.#now);
    all.add(this);
    this.#open();
  }

  /** Ends it. */
  close(): void {
    this.#closed = true;
    all.delete(this);
    window.removeEventListener("online", this.#now);
    this.#drop();
  }

  /** Lets go of the connection, and makes another. */
  restart(): void {
    if (this.#closed) return;
    this.#failures = 0;
    this.#open();
  }

  #open(): void {
    this.#drop();
    const url = new URL(at(this.wishes.path()));
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, subprotocols());
    this.#socket = socket;
    let steady: ReturnType<typeof setTimeout> | undefined;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.wishes.onConnection("live");
      steady = setTimeout(() => (this.#failures = 0), STEADY_MS);
      this.#heard();
    };
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      this.#heard();
      this.wishes.onMessage(JSON.parse(String(data)));
    };
    socket.onclose = ({ code }) => {
      clearTimeout(steady);
      if (this.#socket !== socket) return;
      this.#drop();
      if (this.wishes.isOver?.(code)) this.close();
      else this.#later();
    };
  }

  /** Starts over when nothing is heard for long: of a machine that went to sleep, no close arrives. */
  #heard(): void {
    if (this.wishes.silenceMs === undefined) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#drop();
      this.#later();
      this.wishes.onSilence?.();
    }, this.wishes.silenceMs);
  }

  #later(): void {
    this.wishes.onConnection("away");
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    // A random part, so that many pages of one server do not come back in step.
    const timer = setTimeout(() => void this.#again(timer), pause * (0.5 + Math.random() / 2));
    this.#timer = timer;
  }

  async #again(timer: ReturnType<typeof setTimeout>): Promise<void> {
    const may = (await this.wishes.mayRetry?.().catch(() => true)) ?? true;
    // Meanwhile it may have been closed, or begun anew.
    if (this.#closed || this.#timer !== timer) return;
    if (!may) return this.close();
    this.wishes.onConnection("connecting");
    this.#open();
  }

  #now = (): void => {
    if (this.#socket?.readyState !== WebSocket.OPEN) this.restart();
  };

  /** Lets go of everything that is under way. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#timer = undefined;
    socket?.close();
  }
}
