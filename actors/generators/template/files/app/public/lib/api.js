// The server's API. Addresses are relative, so that the app also works below a path.

/** What the server refused, in its own words, or that it cannot be reached. */
export class ApiError extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

async function call(method, address, body) {
  const options = { method, headers: body ? { "Content-Type": "application/json" } : {} };
  let response;
  try {
    response = await fetch(address, { ...options, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiError("The server cannot be reached. Is it still running?");
  }
  if (response.status === 204) return null;
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(value.error ?? `The server answered ${response.status}.`, value.field);
  return value;
}

const address = (item) => `api/items/${item.id}`;

export const api = {
  idea: () => call("GET", "idea.json"),
  items: async () => (await call("GET", "api/items")).items,
  add: (values) => call("POST", "api/items", values),
  change: (item, values) => call("PATCH", address(item), values),
  remove: (item) => call("DELETE", address(item)),
  count: (item, field, key) => call("POST", `${address(item)}/count`, { field, key }),
};
