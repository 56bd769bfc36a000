// Starts the page: its items are with the server.
import { mount } from "./lib/page.js";
import { openStorage } from "./lib/storage.js";
import { createView } from "./view.js";

const idea = await (await fetch("idea.json")).json();
mount(document.getElementById("app"), { idea, storage: openStorage(), createView });
