/** @file The keys that are known at the moment. */

import type { JSX } from "preact";
import { Dialog } from "./dialog";
import { keys } from "./keys";
import { Button } from "./parts";

const NAMES: Record<string, string> = { " ": "Space", ArrowDown: "↓", ArrowUp: "↑", Enter: "Enter" };

/** A dialog with them. */
export function Help({ onClose }: { onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keys.value.map((key) => (
          <div key={key.key}>
            <dt>
              <kbd>{NAMES[key.key] ?? key.key}</kbd>
            </dt>
            <dd>{key.does}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <Button look="main" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
