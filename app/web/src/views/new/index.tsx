/** @file Starting something: photos become a model, a prompt becomes an app. */

import type { JSX } from "preact";
import { place } from "../../router";
import { Tabs } from "../../ui/parts";
import { NewApp } from "./app";
import { NewModel } from "./model";
import "./new.css";

const TABS = [
  { name: "model", href: "#/new", title: "Photos to model" },
  { name: "app", href: "#/new?kind=app", title: "Prompt to app" },
];

/** The view; `#/new?kind=app&prompt=...` comes with a prompt. */
export function New(): JSX.Element {
  const { query } = place.value;
  const isApp = query.get("kind") === "app";
  const prompt = query.get("prompt") ?? "";
  return (
    <div class="new">
      <h1>Start something new</h1>
      <Tabs label="What to make" tabs={TABS} now={isApp ? "app" : "model"} />
      {isApp ? <NewApp key={prompt} prompt={prompt} /> : <NewModel />}
    </div>
  );
}
