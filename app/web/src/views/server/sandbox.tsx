/** @file The sandbox of generated code: its level, what that means, and what is missing for a better one. */

import type { JSX } from "preact";
import type { Sandbox } from "./ready";
import { sentence, Words } from "./words";

const LEVELS: Record<NonNullable<Sandbox["level"]>, { title: string; text: string }> = {
  L3: { title: "Fully kept in", text: "Generated code sees no other file, process or network, and the kernel counts its memory and processes." },
  L2: { title: "Kept in", text: "Generated code sees no other file, process or network. Its memory and disk are watched by the server." },
  L1: { title: "Partly kept in", text: "Generated code opens nothing but its own files. With an old kernel it may still reach the network." },
  L0: { title: "Not kept in", text: "Generated code may do all that the server's own user may do. Run only what you trust." },
};

/** Draws it. */
export function SandboxPanel({ sandbox }: { sandbox: Sandbox }): JSX.Element {
  const level = sandbox.level === null ? null : LEVELS[sandbox.level];
  return (
    <section class="panel server-sandbox" aria-labelledby="server-sandbox">
      <h2 id="server-sandbox">Sandbox</h2>
      {level === null ? (
        <p>It is being found out by trying what is possible here. This takes some seconds after the start.</p>
      ) : (
        <p>
          <strong class="server-level" data-level={sandbox.level}>
            {sandbox.level} · {level.title}
          </strong>
          {level.text}
        </p>
      )}
      <Missing sandbox={sandbox} />
      <dl>
        <div>
          <dt>Node</dt>
          <dd>{sandbox.node ?? "not there yet"}</dd>
        </div>
        <div>
          <dt>pnpm</dt>
          <dd>{sandbox.pnpm ?? "not there; npm is used"}</dd>
        </div>
      </dl>
      {sandbox.problem && <p class="server-warn">{sandbox.problem}</p>}
      <Passed passed={sandbox.passed} />
    </section>
  );
}

function Missing({ sandbox }: { sandbox: Sandbox }): JSX.Element | null {
  if (sandbox.missing.length === 0) return null;
  return (
    <>
      <h3>What is missing for a better level</h3>
      <ul class="server-missing">
        {sandbox.missing.map((one) => (
          <li key={one.what}>
            <strong>{one.what.charAt(0).toUpperCase() + one.what.slice(1)}</strong>
            <p>{sentence(one.why)}</p>
            <p>
              <Words text={one.hint} />
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Passed({ passed }: { passed: readonly string[] }): JSX.Element | null {
  if (passed.length === 0) return null;
  return (
    <details>
      <summary>What was shown by trying ({passed.length})</summary>
      <ul class="server-passed">
        {passed.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </details>
  );
}
