/** @file Views that are loaded when they are first wanted. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading, Trouble } from "./parts";

/** Makes a component of one that is loaded later; when that fails, it says so and can be tried again. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let there: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element {
    const [, drawn] = useState(0);
    const [error, fail] = useState<unknown>(null);
    const start = (): void => {
      fail(null);
      load().then((component) => {
        there = component;
        drawn((before) => before + 1);
      }, fail);
    };
    useEffect(() => {
      if (there === null) start();
    }, []);
    if (error !== null) return <Trouble error={error} again={start} />;
    const Component = there;
    return Component === null ? <Loading /> : <Component {...props} />;
  };
}
