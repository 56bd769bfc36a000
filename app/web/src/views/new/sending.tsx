/** @file An upload that goes on: how far it is, what is in its way, and what one can do about it. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Problem } from "../../api/client";
import { Button, Progress, Trouble } from "../../ui/parts";
import type { Upload } from "../../upload/upload";
import { count, plural, remaining, size } from "../../words";

interface Props {
  readonly upload: Upload;
  /** Says why so many photos are too few to go on with; empty when they are not. */
  readonly few: (many: number) => string;
  readonly onCancel: () => void;
  readonly onGoOn: () => void;
}

/** It. */
export function Sending({ upload, few, onCancel, onGoOn }: Props): JSX.Element {
  void upload.turn.value; // Drawn again with each change.
  const phase = upload.phase.value;
  const { total, sent } = upload;
  const left = useLeft(upload);
  const panel = useRef<HTMLElement>(null);
  // Who has pressed the button is at the other end of a long page, on a phone.
  useEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), []);
  const percent = total.bytes > 0 ? (100 * sent.bytes) / total.bytes : 0;
  return (
    <section ref={panel} class="panel new-sending" aria-label="Upload" aria-busy={phase !== "stopped"}>
      <p class="new-phase" role="status">
        {TITLES[phase]}
      </p>
      <Progress percent={phase === "finishing" || phase === "done" ? 100 : percent} label="Upload" />
      <p class="new-counts">
        {count(sent.photos)} of {plural(total.photos, "photo")} · {size(sent.bytes)} of {size(total.bytes)}
        {phase === "sending" && left !== null && ` · ${remaining(left)}`}
      </p>
      <InTheWay upload={upload} />
      <div class="actions">
        {/* While the job is being made there is nothing to cancel yet; in a moment it is the job that can be. */}
        {phase !== "finishing" && phase !== "done" && <Button onClick={onCancel}>Cancel</Button>}
        {phase === "stopped" && upload.total.photos > upload.refused.length && (
          <Button look="main" needs="run" why={few(upload.total.photos - upload.refused.length)} onClick={onGoOn}>
            {upload.refused.length > 0 ? `Go on without ${plural(upload.refused.length, "photo")}` : "Try again"}
          </Button>
        )}
      </div>
    </section>
  );
}

const TITLES = {
  sending: "Sending the photos",
  away: "Waiting for the server; it goes on by itself",
  finishing: "All photos are there; the job is being made",
  stopped: "The upload has stopped",
  done: "Done",
  cancelled: "Cancelled",
};

function InTheWay({ upload }: { upload: Upload }): JSX.Element | null {
  const problem = upload.problem.value;
  if (upload.phase.value === "away" && problem instanceof Problem) {
    return (
      <p class="hint">
        {problem.message} {problem.status === 0 ? "What was sent is kept; the rest follows." : problem.hint}
      </p>
    );
  }
  if (problem !== null && upload.phase.value === "stopped") return <Trouble error={problem} />;
  if (upload.refused.length === 0) return null;
  return (
    <ul class="new-refused">
      {upload.refused.map((one) => (
        <li key={one.key}>
          <strong>{one.name}</strong> {one.problem}
        </li>
      ))}
    </ul>
  );
}

const WINDOW_MS = 8_000;

/** Estimates the seconds that are left by how much was sent lately; null while there is nothing to go by. */
function useLeft(upload: Upload): number | null {
  const samples = useRef<{ at: number; bytes: number }[]>([]);
  useEffect(() => {
    samples.current = [];
  }, [upload]);
  const now = { at: performance.now(), bytes: upload.sent.bytes };
  if (upload.phase.value !== "sending") samples.current = [];
  else if (now.bytes !== samples.current.at(-1)?.bytes) samples.current.push(now);
  samples.current = samples.current.filter((sample) => now.at - sample.at < WINDOW_MS);
  const first = samples.current[0];
  if (first === undefined || now.at - first.at < 1_000 || now.bytes <= first.bytes) return null;
  return (upload.total.bytes - now.bytes) / ((now.bytes - first.bytes) / ((now.at - first.at) / 1_000));
}
