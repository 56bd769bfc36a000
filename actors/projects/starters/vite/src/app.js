const name = "__NAME__";

/** Shows the app in an element, in place of what is there. */
export function render(root) {
  const page = document.createElement("main");
  const heading = document.createElement("h1");
  heading.textContent = name;
  const text = document.createElement("p");
  text.textContent = "This is the start of your app. Its page is made in src/app.js.";
  page.append(heading, text);
  root.replaceChildren(page);
}
