// The page: loads what there is, draws it with this app's view, and draws it again after each change.
import { api } from "./lib/api.js";
import { h, icon } from "./lib/dom.js";
import { resolve } from "./lib/dates.js";
import { openForm } from "./lib/form.js";
import { createView } from "./view.js";

const content = document.getElementById("content");
const toasts = document.getElementById("toasts");
const TOAST_MS = 6000;

const idea = await api.idea();
const fieldNames = idea.fields.map((field) => field.name);
const capital = (text) => text[0].toUpperCase() + text.slice(1);
let items = [];
let seen = new Set();

/** What a view may ask of the page. */
const app = {
  idea,
  get items() {
    return items;
  },
  /** Whether an item has not been drawn before: it may come in softly. */
  isNew: (item) => !seen.has(item.id),
  redraw: draw,
  say: toast,
  field: (name) => idea.fields.find((field) => field.name === name),
  /** What an item would be added with, to have it again. */
  valuesOf: (item) => Object.fromEntries(fieldNames.map((name) => [name, item[name]])),
  async add(values) {
    const item = await api.add(values);
    items = [item, ...items];
    draw();
    return item;
  },
  /** Changes an item at once on the page, and takes it back when the server refuses. */
  async change(item, values) {
    replace({ ...item, ...values });
    try {
      replace(await api.change(item, values));
    } catch (error) {
      replace(item);
      throw error;
    }
  },
  async count(item, field, key) {
    replace(await api.count(item, field, key));
  },
  async remove(item) {
    await api.remove(item);
    items = items.filter((other) => other.id !== item.id);
    draw();
    toast(`${capital(idea.noun.one)} deleted.`, { text: "Undo", run: () => app.add(app.valuesOf(item)) });
  },
  /** Opens the form for a new item. */
  compose: (values = {}) =>
    openForm({ title: `New ${idea.noun.one}`, fields: idea.fields, values, adding: true, save: app.add }),
  /** Opens the form for an item that is there. */
  edit: (item) =>
    openForm({
      title: `Edit ${idea.noun.one}`,
      fields: idea.fields,
      values: item,
      save: (values) => app.change(item, values),
      remove: () => app.remove(item),
    }),
  /** Runs something that may fail, and says so when it does. */
  attempt: (action) =>
    Promise.resolve()
      .then(action)
      .catch((error) => toast(error.message)),
};

function replace(item) {
  items = items.map((other) => (other.id === item.id ? item : other));
  draw();
}

function draw() {
  const key = document.activeElement?.dataset?.key;
  content.replaceChildren(items.length || view.always ? view.draw(items) : welcome());
  seen = new Set(items.map((item) => item.id));
  // What was drawn anew must not lose the place of who works with the keyboard.
  if (key) content.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  document.getElementById("toolbar").hidden = items.length === 0 && !view.always;
}

function welcome() {
  return h(
    "section.welcome",
    {},
    h("img", { src: "icon.svg", alt: "", width: 64, height: 64 }),
    h("h2", {}, `No ${idea.noun.many} yet`),
    h(
      "p",
      {},
      `Add your first ${idea.noun.one}, or look around with a few examples. They can be deleted like any other.`,
    ),
    h(
      "div.actions",
      {},
      h("button.primary", { type: "button", onclick: () => app.compose() }, `Add ${idea.noun.one}`),
      h("button", { type: "button", onclick: (event) => examples(event.currentTarget) }, "Try with examples"),
    ),
  );
}

function examples(button) {
  button.disabled = true;
  return app.attempt(async () => {
    for (const example of [...idea.examples].reverse()) {
      await api.add(Object.fromEntries(Object.entries(example).map(([name, value]) => [name, resolve(value)])));
    }
    await load();
  });
}

function toast(text, action) {
  const button =
    action &&
    h(
      "button",
      {
        type: "button",
        onclick: () => {
          node.remove();
          app.attempt(action.run);
        },
      },
      action.text,
    );
  const node = h("div.toast", {}, h("span", {}, text), button);
  toasts.replaceChildren(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

async function load() {
  items = await api.items();
  draw();
}

const view = createView(app);
const addButton = document.getElementById("add");
addButton.prepend(icon("add"));
addButton.disabled = false;
addButton.addEventListener("click", () => (view.compose ?? app.compose)());
document.getElementById("toolbar").append(view.toolbar ?? "");
await app.attempt(load);
content.removeAttribute("aria-busy");

// Another window, or another person, may have changed something meanwhile.
document.addEventListener(
  "visibilitychange",
  () => document.hidden || document.querySelector("dialog") || app.attempt(load),
);
