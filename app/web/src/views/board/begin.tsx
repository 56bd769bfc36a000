/** @file The board of a server that has nothing to do yet: three ways to begin. */

import type { JSX } from "preact";
import { at } from "../../base";
import { to } from "../../router";
import { LinkButton } from "../../ui/parts";

/** They. */
export function Begin(): JSX.Element {
  return (
    <section class="board-begin" aria-label="Three ways to begin">
      <h2>Nothing has been asked for yet</h2>
      <p>What runs here is shown here, live. There are three ways to begin:</p>
      <ul>
        <li class="panel">
          <h3>A 3D model from photos</h3>
          <p>Take photos of a thing from all sides, drop them on the page, and turn the model with your mouse.</p>
          <LinkButton look="main" href={to.make}>
            Choose photos
          </LinkButton>
        </li>
        <li class="panel">
          <h3>An app from a sentence</h3>
          <p>Say what you want in your own words, watch how it is made, and try it beside what you said.</p>
          <LinkButton look="main" href={`${to.make}?kind=app`}>
            Describe an app
          </LinkButton>
        </li>
        <li class="panel">
          <h3>From a terminal or a program</h3>
          <p>
            <code>callboard upload photos/*.jpg</code>
            <code>callboard generate "a habit tracker"</code>
          </p>
          <p>An orchestrator sends its builds to this same address.</p>
          <LinkButton href={at("/docs")}>Read the API</LinkButton>
        </li>
      </ul>
    </section>
  );
}
