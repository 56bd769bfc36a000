/** @file One of several that can do it: each with what it is, and why it cannot be chosen where it cannot. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";

/** What can be chosen. */
export interface Option {
  readonly name: string;
  readonly title: string;
  readonly available: boolean;
  readonly reason: string;
  readonly hint: string;
}

/** A group of radio buttons. */
export function Choice(props: { label: string; options: readonly Option[]; value: string; onChange: (name: string) => void; disabled?: boolean }): JSX.Element {
  const id = useId();
  return (
    <fieldset class="new-choice" disabled={props.disabled}>
      <legend class="label">{props.label}</legend>
      {props.options.map((option) => (
        <label key={option.name} class="new-option" data-off={option.available ? undefined : ""}>
          <input
            type="radio"
            name={id}
            value={option.name}
            checked={option.name === props.value}
            disabled={!option.available}
            aria-describedby={`${id}-${option.name}`}
            onChange={() => props.onChange(option.name)}
          />
          <strong>{option.name}</strong>
          <span id={`${id}-${option.name}`} class="new-about">
            {option.title}.
            {!option.available && (
              <span class="new-why">
                It cannot be used here: {option.reason || "the server does not say why"} {option.hint}
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Which one to begin with: what the server does by itself, where it can be used. */
export function first(options: readonly Option[], preferred: string): string {
  const there = options.filter((option) => option.available);
  return (there.find((option) => option.name === preferred) ?? there[0])?.name ?? "";
}
