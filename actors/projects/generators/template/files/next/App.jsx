"use client";

import { useEffect, useRef } from "react";
import { start } from "./start.js";

/** The app: plain modules draw it, from when this is on the page until it leaves it. */
export default function App() {
  const root = useRef(null);
  useEffect(() => start(root.current), []);
  return <div ref={root} />;
}
