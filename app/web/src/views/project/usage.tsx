/** @file What a project has used of a model, in a line, and in full when it is opened. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Project } from "../../api/types";
import { count, dollars } from "../../words";
import { amount, usage } from "./phrases";
import { allowed, PARTS, spent, total } from "./snapshot";

/** The line. */
export function Usage({ project }: { project: Project }): JSX.Element {
  const { input_tokens: read, output_tokens: written, cached_tokens: cached, model } = project.usage;
  const parts = usage(total(project));
  const most = allowed(project, "cost_usd");
  const element = useRef<HTMLDetailsElement>(null);
  useLayoutEffect(() => closingOutside(element), []);
  return (
    <details class="project-usage" ref={element}>
      <summary>
        {parts.length > 0 ? parts.join(" · ") : "No model was used"}
        {most !== null && ` of ${dollars(most)}`}
      </summary>
      <dl>
        {PARTS.map(({ name, title }) => (
          <Row key={name} name={title}>
            {amount(name, spent(project, name))}
            {allowed(project, name) === null ? "" : ` of ${amount(name, allowed(project, name) ?? 0)}`}
          </Row>
        ))}
        <Row name="Of the tokens">
          {count(read)} read, {count(cached)} cached, {count(written)} written
        </Row>
        <Row name="Model">{model ?? "none"}</Row>
        <Row name="Generator">{project.generator}</Row>
      </dl>
    </details>
  );
}

/** Closes what lies over the page as soon as one turns to something else. */
function closingOutside(element: { current: HTMLDetailsElement | null }): () => void {
  const close = (event: Event): void => {
    const details = element.current;
    if (!details?.open) return;
    const away = event instanceof KeyboardEvent ? event.key === "Escape" : !details.contains(event.target as Node);
    if (away) details.open = false;
  };
  const events = ["pointerdown", "focusin", "keydown"];
  for (const name of events) document.addEventListener(name, close);
  return () => {
    for (const name of events) document.removeEventListener(name, close);
  };
}

function Row({ name, children }: { name: string; children: JSX.Element | string | (JSX.Element | string)[] }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
