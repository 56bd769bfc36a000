/** @file One entry of a conversation, as it is drawn. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { State } from "../../ui/parts";
import { plural } from "../../words";
import { blocks, type Span, spans } from "./blocks";
import type { Entry, Finish, Message, Prompt, Server, Tool, Version } from "./entries";
import { ending, retrying } from "./phrases";
import { FileList, VersionLink } from "./tools";

/** An entry that is not a tool. */
export function Line({ id, entry }: { id: string; entry: Exclude<Entry, Tool> }): JSX.Element {
  return useMemo(() => drawn(id, entry), [id, entry]);
}

function drawn(id: string, entry: Exclude<Entry, Tool>): JSX.Element {
  switch (entry.kind) {
    case "prompt":
      return <Asked prompt={entry} />;
    case "message":
      return <Said message={entry} />;
    case "files":
      return <FileList id={id} files={entry.files} />;
    case "version":
      return <Kept id={id} version={entry} />;
    case "server":
      return <AppServer server={entry} />;
    case "failure":
      return <p class="project-failure">{entry.problem}</p>;
    case "finish":
      return <Ended finish={entry} />;
    case "note":
      return <p class="project-line" data-level={entry.level}>{entry.text}</p>;
    case "retry":
      return <p class="project-line" data-level="warning">{retrying(entry)}</p>;
    case "again":
      return <p class="project-line">It begins again, for the {ordinal(entry.attempt)} time.</p>;
    case "gap":
      return <p class="project-line">What was said before is no longer kept: {plural(entry.missed, "event")}.</p>;
  }
}

function ordinal(number: number): string {
  return ["", "first", "second", "third", "fourth", "fifth"][number] ?? `${number}th`;
}

function Asked({ prompt }: { prompt: Prompt }): JSX.Element {
  if (prompt.continues) return <p class="project-line">It goes on where it stopped, with {prompt.generator}.</p>;
  return (
    <div class="project-asked">
      <p class="unseen">You asked {prompt.generator}:</p>
      <p>{prompt.text}</p>
    </div>
  );
}

/** What a generator says, with its code as code. */
export function Said({ message }: { message: Message }): JSX.Element {
  return (
    <div class="project-said" data-open={message.complete ? undefined : ""}>
      {blocks(message.text).map((block, index) =>
        block.kind === "code" ? (
          <pre key={index} class="log" tabIndex={0}>
            {block.text}
          </pre>
        ) : (
          <p key={index}>{spans(block.text).map(span)}</p>
        ),
      )}
    </div>
  );
}

function span({ kind, text }: Span): JSX.Element | string {
  if (kind === "code") return <code>{text}</code>;
  if (kind === "strong") return <strong>{text}</strong>;
  if (kind === "plain") return text;
  return (
    <a href={text} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}

function Kept({ id, version }: { id: string; version: Version }): JSX.Element {
  return (
    <p class="project-line">
      <VersionLink id={id} version={version.version} /> {version.label}
    </p>
  );
}

function AppServer({ server }: { server: Server }): JSX.Element {
  return (
    <div class="project-line" data-level={server.state === "crashed" ? "error" : undefined}>
      <p>{server.text}</p>
      {server.tail && (
        <details>
          <summary>The last that it printed</summary>
          <pre class="log" tabIndex={0}>
            {server.tail}
          </pre>
        </details>
      )}
    </div>
  );
}

function Ended({ finish }: { finish: Finish }): JSX.Element {
  return (
    <div class="project-ended">
      <State state={finish.state} />
      <p>{ending(finish)}</p>
    </div>
  );
}
