// Elements without markup: text is always text, whatever somebody typed.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element: h("li.done", { onclick }, "text", otherElement).
 * Names that begin with "on" are listeners, `data` fills the dataset, `style` sets CSS properties,
 * what an element knows as a property is set as one, and the rest are attributes.
 */
export function h(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag || "div");
  node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  node.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false && child !== ""),
  );
  return node;
}

function set(node, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "style")
    Object.entries(value).forEach(([property, style]) => node.style.setProperty(property, style));
  else if (name in node && !name.startsWith("aria-")) node[name] = value;
  else node.setAttribute(name, value);
}

/** Makes an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const ICONS = {
  add: "M12 5v14M5 12h14",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  check: "M5 12.5l5 5L19.5 7",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5L20 20",
  star: "M12 4l2.4 5.2 5.6.6-4.2 3.8 1.2 5.6L12 16.4 7 19.2l1.2-5.6L4 9.8l5.6-.6z",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  back: "M5 5v5h5M5.5 10A7.5 7.5 0 1 1 5 14",
  flame: "M12 3c1 4 5 5.5 5 10a5 5 0 0 1-10 0c0-2 1-3.5 2-4.5.5 1.5 1.5 2 2 2C10.5 8 11 5 12 3z",
};

/** Makes an icon; what it means is said by what it stands in. */
export function icon(name) {
  const shape = svg("path", { d: ICONS[name] });
  return svg("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" }, shape);
}

/** Makes a small button with an icon, and its meaning for those who do not see it. */
export function iconButton(name, label, onclick, key) {
  return h(
    "button.quiet",
    { type: "button", "aria-label": label, title: label, onclick, data: key ? { key } : undefined },
    icon(name),
  );
}
