/** @file What is known of the model, and what was asked for. */

import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { isFinal, type Job } from "../../api/types";
import { plural, size } from "../../words";
import { askedOf, type Fact, factsOf } from "./facts";
import { Stages } from "./stages";
import type { Stage } from "./watch";

/** Both, with the stages; what comes to them while one looks comes below what was there. */
export function Aside({ job, result, stages }: { job: Job; result: Readonly<Record<string, unknown>> | null; stages: readonly Stage[] }): JSX.Element {
  const wasThere = useRef(isFinal(job.state)).current;
  const known = useMemo(() => (job.state === "succeeded" ? factsOf(result) : []), [job.state, result]);
  const asked = useMemo(() => askedOf(job.parameters), [job.parameters]);
  const model = known.length > 0 && <List id="job-known" title="About the model" facts={known} />;
  const photos: Fact = ["Photos", `${plural(job.images, "photo")}, ${size(job.bytes)}`];
  return (
    <aside class="job-aside" aria-label="About this job">
      {wasThere && model}
      <List id="job-asked" title="What was asked for" facts={[photos, ["Engine", job.engine], ...asked]} />
      <Stages stages={stages} />
      {!wasThere && model}
    </aside>
  );
}

function List({ id, title, facts }: { id: string; title: string; facts: readonly Fact[] }): JSX.Element {
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <dl class="job-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
