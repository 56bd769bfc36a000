// What a hostile app, script or package tries: each of `aims.json`, in its order, with a line for how it went.
// Everything is bounded, and aims at nothing but what the test has laid out.
const fs = require("fs");
const http = require("http");
const path = require("path");

const { secret, aims, serve } = JSON.parse(fs.readFileSync(path.join(__dirname, "aims.json"), "utf-8"));

function must(found) {
  if (!found) throw new Error("something else was there");
}

function get(options) {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...options, path: "/", timeout: 3000, agent: false }, (answer) => {
      let text = "";
      answer.on("data", (data) => (text += data));
      answer.on("end", () => resolve(text));
      answer.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
  });
}

const kinds = {
  read: (file) => must(fs.readFileSync(file, "latin1").includes(secret)),
  read_any: (file) => must(fs.readFileSync(file).length > 0),
  read_beside: (file) => kinds.read(`${process.env.INIT_CWD ?? process.cwd()}/../${file}`),
  list: (directory) => must(fs.readdirSync(directory).length > 0),
  follow: (file) => {
    const link = path.join(process.cwd(), `link-${process.pid}`);
    fs.symlinkSync(file, link);
    kinds.read(link);
  },
  write: (file) => fs.writeFileSync(file, "won"),
  append: (file) => fs.appendFileSync(file, "won"),
  link_hard: (file) => {
    const link = path.join(process.cwd(), `hard-${process.pid}`);
    fs.linkSync(file, link);
    fs.appendFileSync(link, "won");
  },
  change_mode: (file) => fs.chmodSync(file, 0o666),
  kill: (pid) => process.kill(pid, "SIGKILL"),
  connect: async (port) => must((await get({ host: "127.0.0.1", port })).includes(secret)),
  answer: async (port) => must((await get({ host: "127.0.0.1", port })).length > 0),
  connect_unix: async (file) => {
    // Its path may be longer than the kernel takes, and its name is not.
    const before = process.cwd();
    process.chdir(path.dirname(file));
    try {
      must((await get({ socketPath: path.basename(file) })).includes(secret));
    } finally {
      process.chdir(before);
    }
  },
};

async function main() {
  for (const [title, kind, ...words] of aims) {
    try {
      await kinds[kind](...words);
      console.log(`ATTACK won ${title}`);
    } catch (error) {
      console.log(`ATTACK lost ${title} (${error.code ?? error.message})`);
    }
  }
  console.log("ATTACK over");
  // As a dev server it goes on, as any app does.
  if (serve) http.createServer((_, answer) => answer.end("hello")).listen(process.env.PORT, "127.0.0.1");
}

main();
