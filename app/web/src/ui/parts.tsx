/** @file Small parts that all views are made of. */

import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { inWords } from "../api/client";
import type { Scope, State as StateName } from "../api/types";
import { lacks } from "../rights";
import { ago, STATES } from "../words";
import { say } from "./toasts";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** How much it wants to be pressed. */
  readonly look?: "main" | "plain" | "quiet" | "danger";
  readonly busy?: boolean;
  /** What one must be allowed for what it does; who may not cannot press it, and is told why. */
  readonly needs?: Scope;
  /** Why it cannot be pressed for now, where that is not plain to see; it is told as well. */
  readonly why?: string;
}

/** A button. */
export function Button(props: ButtonProps): JSX.Element {
  const { look = "plain", busy = false, needs = "read", why: cause = "", disabled, title, children, class: extra, onClick, ...rest } = props;
  const id = useId();
  const why = lacks(needs) || cause;
  const press: typeof onClick = (event) => {
    if (!busy && !why) return onClick?.(event);
    event.preventDefault();
    // There is no title under a finger; where it wants to be pressed most, it stands beside it.
    if (why && look !== "main") say(why);
  };
  // Neither `disabled` while it is busy, which would take the focus away from who has just pressed it, nor where one may not: it says why.
  const state = {
    ...{ disabled: disabled && !why, title: why || title, "aria-disabled": busy || why !== "" || undefined, "aria-busy": busy },
    "aria-describedby": [rest["aria-describedby"], why && id].filter(Boolean).join(" ") || undefined,
  };
  return (
    <>
      {why && (
        <span id={id} class={look === "main" ? "why" : "unseen"}>
          {why}
        </span>
      )}
      <button type="button" {...rest} {...state} class={`button ${look} ${extra ?? ""}`} onClick={press}>
        {children}
      </button>
    </>
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
  const line = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the line can be scrolled, and the one that was chosen is to be seen.
    const here = line.current?.querySelector<HTMLElement>("[aria-current]");
    if (line.current && here) line.current.scrollLeft = here.offsetLeft - (line.current.clientWidth - here.offsetWidth) / 2;
  }, [now]);
  return (
    <nav class="tabs" aria-label={label} ref={line}>
      {tabs.map((tab) => (
        <a key={tab.name} href={tab.href} aria-current={tab.name === now ? "page" : undefined}>
          {tab.title}
        </a>
      ))}
    </nav>
  );
}
