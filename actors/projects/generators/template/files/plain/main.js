import { start } from "./app.js";

const root = document.querySelector("#app");
let close = start(root);

// Under Vite a change is taken up without loading the page again.
if (import.meta.hot) {
  import.meta.hot.accept("./app.js", (changed) => {
    if (!changed) return;
    close();
    close = changed.start(root);
  });
}
