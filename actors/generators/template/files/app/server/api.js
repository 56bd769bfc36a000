// The REST API: /api/health, and /api/items with its items.
import { Problem, readJson, sendJson } from "./answers.js";
import { checkAll, checkGiven } from "../public/lib/fields.js";

const MAX_ITEMS = 2000;

/** Makes the function that answers everything below /api. */
export function createApi(idea, store) {
  const { one, many } = idea.noun;
  const kept = new Map(idea.fields.map((field) => [field.name, field]));

  const list = {
    GET: (request, response) => sendJson(response, 200, { items: store.all() }),
    POST: async (request, response) => {
      const values = checkAll(idea.fields, await readJson(request));
      if (store.size >= MAX_ITEMS) throw new Problem(409, `There is room for ${MAX_ITEMS} ${many}. Remove some first.`);
      const item = await store.add(values);
      sendJson(response, 201, item, { Location: `items/${item.id}` });
    },
  };

  const single = {
    GET: (request, response, id) => sendJson(response, 200, found(id)),
    PATCH: async (request, response, id) => {
      found(id);
      const values = checkGiven(idea.fields, await readJson(request));
      // It may have been removed while the body was on its way.
      checkAll(idea.fields, { ...onlyFields(found(id)), ...values });
      sendJson(response, 200, await store.change(id, values));
    },
    DELETE: async (request, response, id) => {
      found(id);
      await store.remove(id);
      sendJson(response, 204);
    },
  };

  // Two people may vote at once: the server counts, and not their pages.
  const count = {
    POST: async (request, response, id) => {
      const { field, key } = await readJson(request);
      const tally = kept.get(field);
      if (tally?.type !== "tally") throw new Problem(400, "There is nothing to count by that name.", { field });
      const item = found(id);
      if (!item.options.includes(key)) throw new Problem(400, "That is not one of the answers.", { field });
      const before = Object.hasOwn(item[field], key) ? item[field][key] : 0;
      sendJson(response, 200, await store.change(id, { [field]: { ...item[field], [key]: before + 1 } }));
    },
  };

  function found(id) {
    const item = store.get(id);
    if (!item) throw new Problem(404, `There is no such ${one}; it may have been removed.`);
    return item;
  }

  function onlyFields(item) {
    return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)));
  }

  function route(pathname) {
    if (pathname === "/api/health") {
      return [
        { GET: (request, response) => sendJson(response, 200, { status: "ok", app: idea.title, items: store.size }) },
      ];
    }
    const match = /^\/api\/items(?:\/([\w-]{1,64})(\/count)?)?$/.exec(pathname);
    if (!match) throw new Problem(404, "There is nothing here. The API is /api/health and /api/items.");
    const [, id, counting] = match;
    return [counting ? count : id ? single : list, id];
  }

  return async function api(request, response, pathname) {
    const [methods, id] = route(pathname);
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (!Object.hasOwn(methods, method)) {
      const allowed = Object.keys(methods).join(", ");
      throw new Problem(405, `${request.method} is not possible here: ${allowed}.`, { headers: { Allow: allowed } });
    }
    await methods[method](request, response, id);
  };
}
