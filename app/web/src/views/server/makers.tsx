/** @file Engines, generators and pipelines: which can be used, and what to do for the others. */

import type { JSX } from "preact";
import type { Maker } from "./ready";
import { sentence, Words } from "./words";

/** A list of them. */
export function Makers({ title, about, list }: { title: string; about: string; list: readonly Maker[] }): JSX.Element {
  const id = `server-${title.toLowerCase()}`;
  return (
    <section class="panel server-makers" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p class="server-soft">{about}</p>
      <ul>
        {list.map((one) => (
          <li key={one.name}>
            <strong>{one.name}</strong>
            <span class="server-can" data-can={one.available ? "" : undefined}>
              {one.available ? "Ready" : "Not here"}
            </span>
            {one.title !== one.name && <p>{one.title}</p>}
            {one.standard && <p class="server-standard">Used unless another is named.</p>}
            {(one.reason || one.hint) && (
              <p class="server-hint">
                <Words text={sentence(one.reason)} /> <Words text={one.hint} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
