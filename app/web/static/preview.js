/** @file The page of a project's app: shows it, says why when it is not there, and starts it again. */

import { Refusal, Unreachable } from "./api.js";
import { part } from "./frame.page.js";
import { PreviewApi } from "./preview.api.js";
import { Page } from "./preview.page.js";
import { Session } from "./session.js";
import { overSocket } from "./transports.js";

const CHANGING_MS = 700;
const QUIET_MS = 4000;
const SOCKET_PAUSE_MS = 5000;
const RUN = /^(generation_finished|state)$/;
const TELLING = /^(server_|preview_ready|generation_finished|state|end)/;

const session = new Session();
const api = new PreviewApi(window.location, session);
const page = new Page();

/** Shows the app, and follows how it is. */
class Preview {
  #opened = null;
  #state = "";
  #wake = () => {};
  #lost = false;
  #listening = false;
  #renewing = 0;
  #naming = 0;

  /** Loads the app, and looks after it until the server says that it is gone. */
  async show() {
    page.mayRun = await api.mayRun();
    this.#state = (await this.#look()).state;
    page.title = api.id;
    this.#name();
    this.#listen();
    await this.load();
    for (;;) {
      await this.#pause();
      const status = await this.#look();
      // What the frame shows was said while the app was not there, or by a server that has forgotten its keys.
      const back = this.#lost || (status.state === "running" && this.#state !== "running");
      this.#lost = false;
      this.#state = status.state;
      if (back) await this.load();
    }
  }

  /** Loads the app into the frame. */
  async load() {
    this.#opened = await api.way();
    page.load(this.#opened);
    this.#renew();
  }

  /** @param {"start"|"restart"} what Starts the app, and says so when that fails. */
  async tell(what) {
    page.busy = true;
    page.problem = "";
    this.#state = "starting";
    try {
      await api.tell(what);
    } catch (error) {
      page.problem = explain(error).text;
    } finally {
      page.busy = false;
      this.#wake();
    }
  }

  /** Opens the app in a tab of its own, with a key of its own where one is needed. */
  async openTab(event) {
    if (!this.#opened || this.#opened.enter === this.#opened.url) return;
    event.preventDefault();
    const tab = window.open("about:blank");
    const { enter } = await api.open(this.#opened.mode);
    if (tab) tab.location = enter;
  }

  /** Waits a moment, or until something happened. */
  #pause() {
    const changing = this.#state === "starting" || this.#state === "";
    return new Promise((resolve) => {
      const timer = window.setTimeout(resolve, changing ? CHANGING_MS : QUIET_MS);
      this.#wake = () => {
        window.clearTimeout(timer);
        // Several events come together.
        window.setTimeout(resolve, 50);
      };
    });
  }

  /** @returns {Promise<import("./preview.api.js").AppStatus>} Asks until there is an answer. */
  async #look() {
    for (;;) {
      try {
        const status = await api.status();
        page.status(status);
        return status;
      } catch (error) {
        const passing = error instanceof Unreachable || (error instanceof Refusal && error.passing);
        if (!passing) throw error;
        this.#lost = this.#lost || error instanceof Unreachable;
        page.connected = false;
        await new Promise((resolve) => window.setTimeout(resolve, 1000));
      }
    }
  }

  /** Shows the name, and how the run is, once for events that come together. */
  #nameSoon() {
    window.clearTimeout(this.#naming);
    this.#naming = window.setTimeout(() => this.#name(), 100);
  }

  /** Shows the project's name, and how its run is; the app is shown without them too. */
  async #name() {
    const project = await api.project().catch(() => null);
    if (!project) return;
    page.title = project.result?.title || project.name || api.id;
    page.run(project);
  }

  /** Listens to what happens in the project; without it the page still asks now and then. */
  async #listen() {
    if (this.#listening) return;
    this.#listening = true;
    let after = 0;
    const onEvent = ({ seq, type }) => {
      after = Math.max(after, seq);
      if (TELLING.test(type)) this.#wake();
      if (RUN.test(type)) this.#nameSoon();
    };
    for (;;) {
      await overSocket(api, after, { onOpen: () => this.#wake(), onEvent });
      await new Promise((resolve) => window.setTimeout(resolve, SOCKET_PAUSE_MS));
    }
  }

  /** Keeps the way open where it closes by itself. */
  #renew() {
    const seconds = this.#opened.renew_s;
    if (!seconds || this.#renewing) return;
    this.#renewing = window.setInterval(() => api.open(this.#opened.mode).catch(() => {}), seconds * 1000);
  }
}

/** @param {unknown} error @returns {{title: string, text: string}} */
function explain(error) {
  if (error instanceof Refusal) {
    const title = error.status === 404 ? "There is no such project here" : "This cannot be shown";
    return { title, text: `${error.message} ${error.hint}`.trim() };
  }
  return { title: "Something went wrong on this page", text: String(error) };
}

const preview = new Preview();
part("reload").onclick = () => preview.load().catch((error) => page.notice(explain(error)));
part("restart").onclick = () => preview.tell("restart");
part("start").onclick = () => preview.tell(part("state").dataset.state === "crashed" ? "restart" : "start");
part("open").onclick = (event) => preview.openTab(event);

/** Shows the app, and asks for a token as long as the server wants one. */
async function main() {
  for (;;) {
    try {
      return await preview.show();
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) return page.notice(explain(error));
      session.token = await page.askForToken(session.token !== "");
    }
  }
}

main();
