/** @file The page that shows the API as `/openapi.json` describes it. */

import { groups, operationView } from "./docs.operations.js";
import { element } from "./docs.schemas.js";
import { Session } from "./session.js";

/** @typedef {import("./docs.schemas.js").Description} Description */

const session = new Session();

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * Asks for the description, and for a token where that is needed.
 *
 * @returns {Promise<Description>}
 */
async function load() {
  for (let tried = false; ; tried = true) {
    const response = await fetch("openapi.json", { headers: session.headers, credentials: "same-origin" });
    if (response.ok) return response.json();
    if (response.status !== 401) throw new Error(`The server answered ${response.status}.`);
    part("notice").textContent = tried ? "That token is not the right one." : "The description is for those who have the token.";
    session.token = await askForToken();
  }
}

/** @returns {Promise<string>} */
function askForToken() {
  const form = part("signin");
  const field = /** @type {HTMLInputElement} */ (part("token"));
  form.hidden = false;
  field.value = "";
  field.focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      form.hidden = true;
      resolve(field.value);
    };
  });
}

/** @param {Description} description */
function show(description) {
  const sections = groups(description).map(([tag, operations]) => {
    const heading = element("h2", { id: `tag-${tag}` }, tag);
    return element("section", {}, heading, ...operations.map((operation) => operationView(description, operation)));
  });
  part("operations").replaceChildren(...sections);
  part("tags").replaceChildren(...groups(description).map(([tag]) => element("a", { href: `#tag-${tag}` }, tag)));
  part("tools").hidden = false;
  part("notice").hidden = true;
  openNamed();
}

/** Opens and shows the request that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

/** Opens all requests, or closes them. */
function toggleAll() {
  const button = part("all");
  const open = button.getAttribute("aria-pressed") !== "true";
  for (const one of document.querySelectorAll("details.operation")) one.toggleAttribute("open", open);
  button.setAttribute("aria-pressed", String(open));
  button.textContent = open ? "Close all" : "Open all";
}

part("all").onclick = toggleAll;
window.addEventListener("hashchange", openNamed);
try {
  show(await load());
} catch (error) {
  part("notice").textContent = `The description cannot be shown. ${error instanceof Error ? error.message : error} Reload the page to try again.`;
}
