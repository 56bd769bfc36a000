/** @file Starting something: photos become a model, a prompt becomes an app, or an orchestrator's build. */

import type { JSX } from "preact";
import { place } from "../../router";
import { Tabs } from "../../ui/parts";
import { NewApp } from "./app";
import { NewBuild } from "./build";
import { NewModel } from "./model";
import "./new.css";

const TABS = [
  { name: "model", href: "#/new", title: "Photos to model" },
  { name: "app", href: "#/new?kind=app", title: "Prompt to app" },
  { name: "build", href: "#/new?kind=build", title: "Build" },
];

/** The view; `#/new?kind=app&prompt=...` comes with a prompt. */
export function New(): JSX.Element {
  const { query } = place.value;
  const kind = TABS.find(({ name }) => name === query.get("kind"))?.name ?? "model";
  const prompt = query.get("prompt") ?? "";
  return (
    <div class="new">
      <h1>Start something new</h1>
      <Tabs label="What to make" tabs={TABS} now={kind} />
      {kind === "app" && <NewApp key={prompt} prompt={prompt} />}
      {kind === "build" && <NewBuild key={prompt} prompt={prompt} />}
      {kind === "model" && <NewModel />}
    </div>
  );
}
