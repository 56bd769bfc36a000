// The page: shows what there is with this app's view, and shows it again after each change.
import { h, icon, svg } from "./dom.js";
import { resolve, sayDay } from "./dates.js";
import { openForm } from "./form.js";

const TOAST_MS = 6000;

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** The app's picture, in its colours. */
function mark(idea) {
  return h("span.mark", { "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 24 24" }, svg("path", { d: idea.icon })));
}

/** What is there before anything was loaded. */
function frame(idea) {
  const add = h(
    "button.primary",
    { type: "button", id: "add" },
    icon("add"),
    h("span", {}, `Add ${idea.noun.one}`),
  );
  const note = h("p.note", { role: "note", hidden: true });
  const toolbar = h("div", { id: "toolbar" });
  const content = h("div", { id: "content", "aria-busy": "true" });
  const toasts = h("div", { id: "toasts", role: "status", "aria-live": "polite" });
  const made = ["Made from a template for: ", h("q", { dir: "auto" }, idea.prompt), "; no model was asked."];
  const page = h(
    "div.page",
    {},
    h(
      "header.top",
      {},
      mark(idea),
      h("div.names", {}, h("h1", { dir: "auto" }, idea.title), h("p.tagline", {}, idea.tagline)),
      add,
    ),
    h("main", {}, note, toolbar, content),
    h("footer", {}, h("p", {}, made)),
    toasts,
  );
  return { page, add, note, toolbar, content, toasts };
}

/**
 * Shows the app in an element. What it gives takes the app away again.
 *
 * `storage` keeps the items: items(), add(values), change(item, values), remove(item) and count(item, field, key)
 * give what they did, or throw an Error whose message people can read; watch(changed) tells what others changed, and
 * gives a function that ends it; `note` says what is to be known about it, if anything.
 */
export function mount(root, { idea, storage, createView }) {
  const parts = frame(idea);
  const { content, toolbar, toasts } = parts;
  const fieldNames = idea.fields.map((field) => field.name);
  let items = [];
  let seen = new Set();
  let closeForm = null;
  let toastEnds = null;
  let open = true;

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
    /** What an item has in fields that its view does not know: "Price: 12". */
    extras: (item) =>
      idea.fields
        .filter((field) => field.extra)
        .map((field) => said(field, item[field.name]))
        .filter(Boolean),
    async add(values) {
      const item = await storage.add(values);
      items = [item, ...items];
      draw();
      return item;
    },
    /** Changes an item at once on the page, and takes it back when that is refused. */
    async change(item, values) {
      replace({ ...item, ...values });
      try {
        replace(await storage.change(item, values));
      } catch (error) {
        replace(item);
        throw error;
      }
    },
    async count(item, field, key) {
      replace(await storage.count(item, field, key));
    },
    async remove(item) {
      await storage.remove(item);
      items = items.filter((other) => other.id !== item.id);
      draw();
      toast(`${capital(idea.noun.one)} deleted.`, { text: "Undo", run: () => app.add(app.valuesOf(item)) });
    },
    /** Opens the form for a new item. */
    compose: (values = {}) => form({ title: `New ${idea.noun.one}`, values, adding: true, save: app.add }),
    /** Opens the form for an item that is there. */
    edit: (item) =>
      form({
        title: `Edit ${idea.noun.one}`,
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

  function form(wanted) {
    closeForm?.();
    closeForm = openForm({ ...wanted, fields: idea.fields, place: parts.page });
  }

  function replace(item) {
    items = items.map((other) => (other.id === item.id ? item : other));
    draw();
  }

  function draw() {
    if (!open) return;
    const key = content.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    content.replaceChildren(items.length || view.always ? view.draw(items) : welcome());
    seen = new Set(items.map((item) => item.id));
    // What was drawn anew must not lose the place of who works with the keyboard.
    if (key) content.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    toolbar.hidden = items.length === 0 && !view.always;
  }

  function welcome() {
    const invitation = `Add your first ${idea.noun.one}, or look around with a few examples. They can be deleted like any other.`;
    return h(
      "section.welcome",
      {},
      mark(idea),
      h("h2", {}, `No ${idea.noun.many} yet`),
      h("p", {}, invitation),
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
        await storage.add(Object.fromEntries(Object.entries(example).map(([name, value]) => [name, resolve(value)])));
      }
      await load();
    });
  }

  function toast(text, action) {
    if (!open) return;
    const run = () => {
      node.remove();
      app.attempt(action.run);
    };
    const node = h(
      "div.toast",
      {},
      h("span", {}, text),
      action && h("button", { type: "button", onclick: run }, action.text),
    );
    toasts.replaceChildren(node);
    clearTimeout(toastEnds);
    toastEnds = setTimeout(() => node.remove(), TOAST_MS);
  }

  async function load() {
    items = await storage.items();
    draw();
  }

  const view = createView(app);
  toolbar.append(view.toolbar ?? "");
  parts.add.addEventListener("click", () => (view.compose ?? app.compose)());
  parts.note.textContent = storage.note ?? "";
  parts.note.hidden = !storage.note;
  root.replaceChildren(parts.page);
  app.attempt(load).then(() => content.removeAttribute("aria-busy"));
  const unwatch = storage.watch(() => parts.page.querySelector("dialog") || app.attempt(load));

  return function close() {
    open = false;
    unwatch();
    clearTimeout(toastEnds);
    view.close?.();
    parts.page.remove();
  };
}

/** One value with its label, or nothing when there is none. */
function said(field, value) {
  if (value === undefined || value === null || value === "" || value === false || value.length === 0) return "";
  if (field.type === "rating") return value ? `${field.label}: ${value} of 5` : "";
  if (value === true) return field.label;
  if (field.type === "date") return `${field.label}: ${sayDay(value)}`;
  return `${field.label}: ${Array.isArray(value) ? value.join(", ") : value}`;
}
