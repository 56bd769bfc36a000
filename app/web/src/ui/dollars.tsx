/** @file A field for an amount of money. */

import type { JSX } from "preact";
import { Field } from "./parts";

/** The field. */
export function Dollars(props: {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly problem: string;
  readonly onChange: (value: string) => void;
}): JSX.Element {
  const { id, label, hint, value, problem, onChange } = props;
  return (
    <Field label={label} for={id} problem={problem} hint={hint}>
      <input id={id} type="text" inputMode="decimal" autocomplete="off" placeholder="Such as 2.50" value={value} onInput={(event) => onChange(event.currentTarget.value)} />
    </Field>
  );
}
