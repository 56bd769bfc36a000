/** @file Tools as they were called: a line each, with what went in and what came out when it is opened. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { to } from "../../router";
import type { FileNote, Tool } from "./entries";
import { fileWords, steps, subject, toolTitle, took } from "./phrases";

const ALWAYS_SHOWN = 4;

/** Tools that were called one after the other; of many, the earlier ones are folded away. */
export function Tools({ id, tools, byHand }: { id: string; tools: readonly Tool[]; byHand: boolean }): JSX.Element {
  const folded = tools.length > ALWAYS_SHOWN + 1 ? tools.slice(0, -ALWAYS_SHOWN) : [];
  const shown = tools.slice(folded.length);
  return (
    <div class="project-tools">
      {byHand && <p class="project-caption">By hand</p>}
      {folded.length > 0 && (
        <details class="project-folded">
          <summary>{steps(folded)} before these</summary>
          <List id={id} tools={folded} />
        </details>
      )}
      <List id={id} tools={shown} />
    </div>
  );
}

function List({ id, tools }: { id: string; tools: readonly Tool[] }): JSX.Element {
  return (
    <ul class="project-steps">
      {tools.map((tool) => (
        <Step key={tool.key} id={id} tool={tool} />
      ))}
    </ul>
  );
}

function Step({ id, tool }: { id: string; tool: Tool }): JSX.Element {
  const about = subject(tool);
  return useMemo(
    () => (
      <li class="project-step" data-ok={tool.ok}>
        <details>
          <summary>
            <span class="project-tool">{toolTitle(tool.tool)}</span>
            {about && <code class="project-subject">{about}</code>}
            {!tool.ok && <span class="project-not">did not work</span>}
            <span class="project-took">{took(tool)}</span>
          </summary>
          <Inside id={id} tool={tool} />
        </details>
        {tool.version && <VersionLink id={id} version={tool.version} />}
      </li>
    ),
    [id, tool],
  );
}

/** A link to what a version has changed. */
export function VersionLink({ id, version }: { id: string; version: string }): JSX.Element {
  return (
    <a class="project-version" href={to.project(id, `versions/${version}`)} title="What this version has changed">
      {version}
    </a>
  );
}

function Inside({ id, tool }: { id: string; tool: Tool }): JSX.Element {
  const inputs = Object.entries(tool.input);
  return (
    <div class="project-inside">
      {inputs.length > 0 && (
        <dl class="project-inputs">
          {inputs.map(([name, value]) => (
            <div key={name}>
              <dt>{toolTitle(name)}</dt>
              <dd>
                <Value value={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <FileList id={id} files={tool.files} />
      <p class="project-caption">Result</p>
      <pre class="log" tabIndex={0}>
        {tool.result || "Nothing was said."}
      </pre>
    </div>
  );
}

function Value({ value }: { value: unknown }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  if (!text.includes("\n") && text.length < 200) return <code>{text}</code>;
  return (
    <pre class="log" tabIndex={0}>
      {text}
    </pre>
  );
}

/** Files that were made or changed, each with its place. */
export function FileList({ id, files }: { id: string; files: readonly FileNote[] }): JSX.Element | null {
  if (files.length === 0) return null;
  return (
    <ul class="project-touched">
      {files.map((file) => (
        <li key={`${file.path} ${file.change}`}>
          <a href={to.project(id, `files/${file.path}`)}>{file.path}</a> <span>{fileWords(file)}</span>
        </li>
      ))}
    </ul>
  );
}
