// The items, with the server. Addresses are relative, so that the app also works below a path.

/** What the server refused, in its own words, or that it cannot be reached. */
class ApiError extends Error {
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

/** Opens the storage; what it can do is told where the page is mounted. */
export function openStorage() {
  return {
    items: async () => (await call("GET", "api/items")).items,
    add: (values) => call("POST", "api/items", values),
    change: (item, values) => call("PATCH", address(item), values),
    remove: (item) => call("DELETE", address(item)),
    count: (item, field, key) => call("POST", `${address(item)}/count`, { field, key }),
    watch(changed) {
      // Another window, or another person, may have changed something meanwhile.
      const shown = () => document.hidden || changed();
      document.addEventListener("visibilitychange", shown);
      return () => document.removeEventListener("visibilitychange", shown);
    },
  };
}
