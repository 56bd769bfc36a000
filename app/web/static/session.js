/** @file The token that a server may ask for: taken from the address, kept for this tab, sent with each request. */

const KEY = "callboard.token";

/** Keeps the token where other tabs and other servers' pages do not see it. */
export class Session {
  #token = "";

  /** Takes a token out of the address, so that it is neither shared nor kept in the history. */
  constructor() {
    const given = new URLSearchParams(window.location.hash.slice(1)).get("token");
    this.#token = given ?? read();
    if (given === null) return;
    this.token = given;
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }

  /** @returns {string} Empty when there is none. */
  get token() {
    return this.#token;
  }

  /** @param {string} token */
  set token(token) {
    this.#token = token.trim();
    try {
      window.sessionStorage.setItem(KEY, this.#token);
    } catch {
      // Where storage is forbidden the token lasts as long as the page.
    }
  }

  /** @returns {Object<string, string>} Headers for a request. */
  get headers() {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  /** @returns {string[]} Subprotocols for a WebSocket, which takes no headers from a page. */
  get subprotocols() {
    return this.#token ? ["callboard", `bearer.${this.#token}`] : [];
  }
}

/** @returns {string} */
function read() {
  try {
    return window.sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
