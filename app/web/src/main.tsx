/** @file Where the page begins. */

import { render } from "preact";
import { App } from "./app";
import { followBoard } from "./live/board";
import { followRights } from "./rights";
import { listen } from "./ui/keys";
import "./style/index.css";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);

followBoard();
followRights();
listen();
