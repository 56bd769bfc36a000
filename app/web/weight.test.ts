import { describe, expect, it } from "vitest";
import { firstFiles, weighed } from "./weight";

describe("firstFiles", () => {
  it("finds scripts, what they import, and styles, each once", () => {
    const html = `
      <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
      <script type="module" crossorigin src="/assets/page/index-a1.js"></script>
      <link rel="modulepreload" crossorigin href="/assets/page/parts-b2.js">
      <link rel="modulepreload" crossorigin href="/assets/page/parts-b2.js">
      <link rel="stylesheet" crossorigin href="./assets/page/index-c3.css">`;
    expect(firstFiles(html)).toEqual(["assets/page/index-a1.js", "assets/page/parts-b2.js", "assets/page/index-c3.css"]);
  });

  it("finds none in a page without", () => expect(firstFiles("<p>index.js</p>")).toEqual([]));
});

describe("weighed", () => {
  const files = new Map([
    ["assets/page/a.css", 1_000],
    ["assets/page/b.js", 2_000],
  ]);

  it("takes what is just light enough", () => {
    const { tooHeavy, words } = weighed(files, 3_000);
    expect(tooHeavy).toBe(false);
    expect(words).toBe("The first view is 3.0 kB of 3.0 kB, compressed: b.js 2.0 kB, a.css 1.0 kB.");
  });

  it("says when it is too heavy", () => expect(weighed(files, 2_999).tooHeavy).toBe(true));
});
