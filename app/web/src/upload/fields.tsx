/** @file The form of an engine's parameters, drawn from what the engine says of them. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { bounds, type FieldSpec, isPlain, type Values } from "./schema";
import "./fields.css";

interface Props {
  readonly fields: readonly FieldSpec[];
  readonly values: Values;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (values: Values) => void;
  readonly disabled?: boolean;
}

/** All of them; those that few people need are behind a line that opens. */
export function Parameters(props: Props): JSX.Element {
  const plain = props.fields.filter(isPlain);
  const further = props.fields.filter((field) => !isPlain(field));
  const wrong = further.some((field) => props.problems[field.name]);
  const draw = (field: FieldSpec): JSX.Element => <Parameter key={field.name} field={field} {...props} />;
  return (
    <div class="fields">
      {plain.map(draw)}
      {further.length > 0 && (
        <details open={wrong || undefined}>
          <summary>{plain.length > 0 ? "More settings" : "Settings"}</summary>
          <div class="fields">{further.map(draw)}</div>
        </details>
      )}
    </div>
  );
}

function Parameter({ field, values, problems, onChange, disabled }: Props & { field: FieldSpec }): JSX.Element {
  const id = useId();
  const problem = problems[field.name];
  const about = [field.description && `${id}-hint`, problem && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  const set = (value: string): void => onChange({ ...values, [field.name]: value });
  const common = { id, disabled, "aria-describedby": about, "aria-invalid": problem ? true : undefined };
  const input = <Input field={field} value={values[field.name] ?? ""} set={set} common={common} />;
  return (
    <div class="field" data-kind={field.kind} data-wrong={problem ? "" : undefined}>
      <label for={id}>{field.label}</label>
      {input}
      {field.description && (
        <p class="hint" id={`${id}-hint`}>
          {field.description}
        </p>
      )}
      {problem && (
        <p class="wrong" id={`${id}-wrong`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface InputProps {
  readonly field: FieldSpec;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly common: Record<string, unknown>;
}

function Input({ field, value, set, common }: InputProps): JSX.Element {
  switch (field.kind) {
    case "choice":
      return <Choice {...{ field, value, set, common }} />;
    case "switch":
      return <input {...common} type="checkbox" checked={value === "true"} onChange={(event) => set(String(event.currentTarget.checked))} />;
    case "slider":
      return <Slider {...{ field, value, set, common }} />;
    case "number":
    case "integer":
      return (
        <input
          {...common}
          type="text"
          inputMode={field.kind === "integer" ? "numeric" : "decimal"}
          autocomplete="off"
          placeholder={placeholder(field)}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      );
    case "long":
      return <textarea {...common} rows={8} spellcheck={false} value={value} onInput={(event) => set(event.currentTarget.value)} />;
    default:
      return <input {...common} type="text" autocomplete="off" value={value} onInput={(event) => set(event.currentTarget.value)} />;
  }
}

function Choice({ field, value, set, common }: InputProps): JSX.Element {
  return (
    <select {...common} value={value} onChange={(event) => set(event.currentTarget.value)}>
      {field.initial === null && <option value="">{field.required ? "Choose" : "As the engine likes"}</option>}
      {field.choices.map((choice) => (
        <option key={String(choice)} value={String(choice)}>
          {String(choice)}
        </option>
      ))}
    </select>
  );
}

function Slider({ field, value, set, common }: InputProps): JSX.Element {
  const { id } = common;
  return (
    <div class="fields-slider">
      <input
        {...common}
        type="range"
        min={field.least ?? undefined}
        max={field.most ?? undefined}
        step={1}
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
      />
      <output for={String(id)}>{value}</output>
    </div>
  );
}

function placeholder(field: FieldSpec): string {
  const range = bounds(field);
  if (field.required) return range;
  return range ? `Not set; ${range}` : "Not set";
}
