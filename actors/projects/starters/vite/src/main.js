import "./style.css";
import { render } from "./app.js";

const root = document.querySelector("#app");
render(root);

// A change of app.js is taken up without loading the page again.
if (import.meta.hot) {
  import.meta.hot.accept("./app.js", (changed) => changed?.render(root));
}
