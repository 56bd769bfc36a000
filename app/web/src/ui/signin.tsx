/** @file Asks for the token that the server wants. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { signIn, token } from "../session";
import { Dialog } from "./dialog";
import { Button, Field } from "./parts";

/** A dialog that cannot be closed without a token: nothing can be seen without one. */
export function SignIn(): JSX.Element {
  const [text, setText] = useState("");
  const [never, setNever] = useState(false);
  const problem = never ? "This cannot be a token: it has a space, or a letter that no token has." : token.value ? "This token is not right." : "";
  return (
    <Dialog title="This server wants a token">
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          setNever(!signIn(text));
        }}
      >
        <Field
          label="Token"
          for="token"
          problem={problem}
          hint="It is the setting token (CALLBOARD_TOKEN) of the server; who runs the server knows it. It is kept for this tab only."
        >
          <input id="token" type="password" autocomplete="current-password" required value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </Field>
        <div class="actions">
          <Button look="main" type="submit">
            Sign in
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
