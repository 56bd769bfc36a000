/** @file The conversation: what was asked, what was said and done, and the box for what comes next. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { isFinal, type Project } from "../../api/types";
import { Button, Loading } from "../../ui/parts";
import { STATES } from "../../words";
import { Continue } from "./continue";
import type { Conversation } from "./conversation";
import { Line } from "./entry";
import type { Live } from "./live";
import { gathered, type Shown } from "./phrases";
import { PromptBox } from "./prompt";
import { useFollowing } from "./scroll";
import { Tools } from "./tools";

/** All of it. */
export function Talk({ project, live }: { project: Project; live: Live }): JSX.Element {
  const { conversation, heard } = live;
  const [generator, choose] = useState("");
  const shown = useMemo(() => gathered(conversation.entries), [conversation.entries]);
  const { element, atEnd, toEnd, onScroll } = useFollowing<HTMLDivElement>([conversation, project]);
  return (
    <section class="project-talk" aria-label="Conversation">
      <div class="project-scroll" ref={element} onScroll={onScroll} tabIndex={0} role="group" aria-label="What was said and done">
        {conversation.shortened && <p class="project-line">What came before is not shown, to keep this page quick.</p>}
        {!heard && <Loading label="Loading the conversation" />}
        {shown.map((each) => (
          <One key={each.kind === "one" ? each.entry.key : each.key} id={project.id} each={each} />
        ))}
        <Pending project={project} conversation={conversation} />
        {waits(project) && heard && <Continue project={project} generator={generator} live={live} />}
        {conversation.printed && <pre class="project-printed">{conversation.printed}</pre>}
      </div>
      {!atEnd && (
        <Button class="project-newest" onClick={toEnd}>
          To the newest
        </Button>
      )}
      <Spoken project={project} conversation={conversation} />
      <PromptBox project={project} live={live} generator={generator} choose={choose} onSent={toEnd} />
    </section>
  );
}

/** Whether its run has stopped before it was done, and can go on. */
function waits({ state }: Project): boolean {
  return isFinal(state) && state !== "succeeded";
}

function One({ id, each }: { id: string; each: Shown }): JSX.Element {
  if (each.kind === "tools") return <Tools id={id} tools={each.tools} byHand={each.byHand} />;
  return each.entry.kind === "tool" ? <></> : <Line id={id} entry={each.entry} />;
}

/** A prompt that no generator has set to work on yet. */
function Pending({ project, conversation }: { project: Project; conversation: Conversation }): JSX.Element | null {
  const waits = project.state === "queued" || project.state === "running";
  if (!waits || project.run <= conversation.run) return null;
  return (
    <div class="project-asked" data-pending="">
      <p>{project.prompt}</p>
    </div>
  );
}

/** Says aloud what matters: what was said in whole, and how the run is. */
function Spoken({ project, conversation }: { project: Project; conversation: Conversation }): JSX.Element {
  const [text, say] = useState("");
  const said = conversation.entries.findLast((entry) => entry.kind === "message" && entry.complete);
  useEffect(() => {
    if (said?.kind === "message" && conversation.open) say(said.text);
  }, [said?.key]);
  useEffect(() => say(`${STATES[project.state]}. ${project.reason}`), [project.state, project.reason]);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}
