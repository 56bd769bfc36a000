// The form for one item, drawn from the idea's fields; the same for all kinds of app.
import { h, icon, iconButton } from "./dom.js";
import { today } from "./dates.js";

const KEPT_BY_THE_PAGE = new Set(["flag", "days", "tally", "level"]);

const split = (text, by) =>
  text
    .split(by)
    .map((part) => part.trim())
    .filter(Boolean);

/** How each type is typed in, and how its box is read. */
const BOXES = {
  text: (field, value) => input(field, { type: "text", maxLength: field.max, value: value ?? "" }),
  longtext: (field, value) => area(field, value ?? "", field.max),
  number: (field, value) =>
    input(field, {
      type: "number",
      inputMode: "decimal",
      step: "any",
      min: field.min,
      max: field.max,
      value: value ?? "",
    }),
  date: (field, value) => input(field, { type: "date", value: value ?? "" }),
  time: (field, value) => input(field, { type: "time", value: value ?? "" }),
  choice: (field, value) => select(field, value ?? ""),
  rating: (field, value) => stars(field, value ?? 0),
  tags: (field, value) => input(field, { type: "text", value: (value ?? []).join(", ") }),
  lines: (field, value) => area(field, (value ?? []).join("\n")),
};

const READERS = {
  number: (data) => (data === "" ? null : Number(data)),
  rating: Number,
  tags: (data) => split(data, /[,;]/),
  lines: (data) => split(data, "\n"),
};

function input(field, props) {
  return h("input", {
    id: `f-${field.name}`,
    name: field.name,
    required: field.required ?? false,
    placeholder: field.hint ?? "",
    autocomplete: "off",
    ...props,
  });
}

function area(field, value, maxLength) {
  const rows = field.type === "lines" ? 4 : 6;
  return h("textarea", {
    id: `f-${field.name}`,
    name: field.name,
    required: field.required ?? false,
    placeholder: field.hint ?? "",
    rows,
    maxLength,
    value,
  });
}

function select(field, value) {
  const options = field.choices.map((choice) => h("option", { value: choice, selected: choice === value }, choice));
  const none = field.required ? null : h("option", { value: "", selected: value === "" }, "None");
  return h("select", { id: `f-${field.name}`, name: field.name }, none, options);
}

function stars(field, value) {
  const star = (number) => [
    h("input", {
      type: "radio",
      name: field.name,
      id: `f-${field.name}-${number}`,
      value: String(number),
      checked: number === value,
    }),
    h(
      "label",
      { htmlFor: `f-${field.name}-${number}`, title: `${number}` },
      h("span.unseen", {}, number ? `${number} of 5` : "None"),
      icon(number ? "star" : "close"),
    ),
  ];
  return h("div.stars", { role: "radiogroup", "aria-label": field.label }, [0, 1, 2, 3, 4, 5].map(star));
}

function row(field, value) {
  const box = BOXES[field.type](field, value);
  const label =
    field.type === "rating"
      ? h("span.label", {}, field.label)
      : h("label.label", { htmlFor: `f-${field.name}` }, field.label);
  const optional =
    field.required || field.type === "rating" || field.type === "choice" ? null : h("span.optional", {}, "optional");
  const help = field.type === "tags" ? h("small", {}, "Separate them with commas.") : null;
  return h("div.field", {}, h("div.labels", {}, label, optional), box, help);
}

function read(fields, form) {
  const data = new FormData(form);
  return Object.fromEntries(
    fields.map((field) => {
      const text = String(data.get(field.name) ?? "");
      return [field.name, READERS[field.type]?.(text) ?? (field.type === "number" ? null : text)];
    }),
  );
}

function initial(field, values, adding) {
  if (values[field.name] !== undefined) return values[field.name];
  if (!adding) return undefined;
  return field.default ?? (field.type === "date" && field.required ? today() : undefined);
}

/**
 * Opens the form in an element, and gives a function that closes it.
 * `save` gets the values and may refuse them by throwing; `remove` is there for items that exist.
 */
export function openForm({ title, fields, values = {}, adding, save, remove, place }) {
  const shown = fields.filter((field) => !KEPT_BY_THE_PAGE.has(field.type));
  const complaint = h("p.complaint", { role: "alert", hidden: true });
  const accept = h("button.primary", { type: "submit" }, adding ? "Add" : "Save");
  const discard = remove && h("button.danger", { type: "button", onclick: () => finish(remove) }, "Delete");
  const form = h(
    "form",
    { onsubmit: submit },
    h(
      "header",
      {},
      h("h2", { id: "form-title" }, title),
      iconButton("close", "Close", () => dialog.close()),
    ),
    h(
      "div.fields",
      {},
      shown.map((field) => row(field, initial(field, values, adding))),
    ),
    complaint,
    h(
      "footer",
      {},
      discard,
      h("span.space"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      accept,
    ),
  );
  const dialog = h(
    "dialog",
    { "aria-labelledby": "form-title", onclose: () => dialog.remove(), onmousedown: leave },
    form,
  );

  function leave(event) {
    if (event.target === dialog) dialog.close();
  }

  function submit(event) {
    event.preventDefault();
    finish(() => save(read(shown, form)));
  }

  async function finish(action) {
    accept.disabled = true;
    try {
      await action();
      dialog.close();
    } catch (error) {
      complaint.textContent = error.message;
      complaint.hidden = false;
      accept.disabled = false;
      form.elements[error.field]?.focus?.();
    }
  }

  place.append(dialog);
  dialog.showModal();
  form.querySelector(".fields input, .fields textarea, .fields select")?.focus();
  return () => dialog.close();
}
