"use client";

import { useEffect, useRef } from "react";
import { start } from "./start.js";

/** The app: plain modules draw it, from when this is on the page until it leaves it. */
export default function App() {
  const root = useRef(null);
  // Again when it is another one: that is how a change comes in without a reload.
  useEffect(() => start(root.current), [start]);
  return <div ref={root} />;
}
