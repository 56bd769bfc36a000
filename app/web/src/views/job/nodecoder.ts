/** @file In place of the viewer's meshopt decoder: it is WebAssembly, which the page's policy forbids, and our models need none. */

/** Says that it is not there. */
export const MeshoptDecoder = { supported: false, ready: Promise.resolve() };
