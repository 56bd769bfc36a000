/** @file Small parts that all views are made of. */

import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { inWords } from "../api/client";
import type { State as StateName } from "../api/types";
import { ago, STATES } from "../words";

/** A button; `look` says how much it wants to be pressed. */
export function Button(
  props: { look?: "main" | "plain" | "quiet" | "danger"; busy?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>,
): JSX.Element {
  const { look = "plain", busy = false, children, disabled, class: extra, ...rest } = props;
  return (
    <button type="button" {...rest} class={`button ${look} ${extra ?? ""}`} disabled={disabled || busy} aria-busy={busy}>
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton(
  props: { look?: "main" | "plain" | "quiet" } & AnchorHTMLAttributes<HTMLAnchorElement>,
): JSX.Element {
  const { look = "plain", children, class: extra, ...rest } = props;
  return (
    <a {...rest} class={`button ${look} ${extra ?? ""}`}>
      {children}
    </a>
  );
}

/** A state, as a word with a mark. */
export function State({ state }: { state: StateName }): JSX.Element {
  return (
    <span class="state" data-state={state}>
      {STATES[state] ?? state}
    </span>
  );
}

/** How far something is, from 0 to 100. */
export function Progress({ percent, label }: { percent: number; label: string }): JSX.Element {
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent)}
    >
      <div class="bar" style={{ transform: `scaleX(${Math.min(1, percent / 100)})` }} />
    </div>
  );
}

/** A time as "3 min ago", which goes on by itself; the exact one is in its title. */
export function Time({ at }: { at: string }): JSX.Element {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((before) => before + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {ago(at)}
    </time>
  );
}

/** What is there in place of something that is not: it says what would be here, and how it gets here. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** An error in words: what failed, and what to do. */
export function Trouble({ error, again }: { error: unknown; again?: () => void }): JSX.Element {
  const { problem, hint } = inWords(error);
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{problem}</strong> {hint}
      </p>
      {again && <Button onClick={again}>Try again</Button>}
    </div>
  );
}

/** Room that is taken while something loads, so that nothing jumps when it is there. */
export function Loading({ label = "Loading" }: { label?: string }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="unseen">{label}</span>
    </div>
  );
}

/** A label, its input, and what is wrong with it. */
export function Field(props: { label: string; hint?: string; problem?: string; for: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="field" data-wrong={props.problem ? "" : undefined}>
      <label for={props.for}>{props.label}</label>
      {props.children}
      {props.hint && <p class="hint">{props.hint}</p>}
      {props.problem && (
        <p class="wrong" role="alert">
          {props.problem}
        </p>
      )}
    </div>
  );
}

/** Tabs that are links, so that each has an address. */
export function Tabs({ label, tabs, now }: { label: string; tabs: readonly { name: string; href: string; title: string }[]; now: string }): JSX.Element {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.name} href={tab.href} aria-current={tab.name === now ? "page" : undefined}>
          {tab.title}
        </a>
      ))}
    </nav>
  );
}
