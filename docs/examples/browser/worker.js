// Answers what is below app/ by an application in Python, which runs in this service worker.
// It is loaded by worker-script.js or worker-module.js. Beside this file: pyodide/ (the npm package of that name)
// and notes.pyz (the application with the framework, written by `python3 -m minflask bundle`).
"use strict";

const START = `
import os, sys
sys.path.insert(0, "/srv/notes.pyz")
from minflask.wasm import Bridge
from notes import create_app
app = create_app()
Bridge(app, prefix, cookie_file=os.path.join(app.instance_path, "cookies.json"))
`;
const scope = new URL(self.registration.scope);

async function boot() {
  const [python, archive] = await Promise.all([
    self.loadPyodide({ indexURL: new URL("pyodide/", self.location).href }),
    fetch("notes.pyz", { cache: "no-cache" }),
  ]);
  if (!archive.ok) throw new Error(`notes.pyz: ${archive.status} ${archive.statusText}`);
  // The instance folder stands beside the archive: it is kept in the browser's database.
  python.FS.mkdirTree("/srv/instance");
  python.FS.mount(python.FS.filesystems.IDBFS, {}, "/srv/instance");
  const sync = (fromDatabase) => new Promise((done, fail) =>
    python.FS.syncfs(fromDatabase, (error) => (error ? fail(error) : done())));
  await sync(true);
  python.FS.writeFile("/srv/notes.pyz", new Uint8Array(await archive.arrayBuffer()));
  python.globals.set("prefix", scope.pathname.replace(/\/$/, ""));
  const bridge = python.runPython(START);
  let last = Promise.resolve();
  const save = () => (last = last.catch(() => {}).then(() => sync(false))); // one after the other
  await save();
  return { bridge, save };
}

let running;
const ready = () => (running ??= boot().catch((error) => { running = undefined; throw error; }));

async function answer(request) {
  try {
    const { bridge, save } = await ready();
    const { method, url, headers, referrer } = request;
    const answer = bridge.fetch({ method, url, headers, referrer, body: await request.arrayBuffer() });
    await save(); // before the answer: a worker may be stopped at any time after it
    return new Response(answer.body, answer);
  } catch (error) {
    console.error(error);
    return new Response(`The application did not start, or could not keep its files.\n\n${error}\n`,
      { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  }
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  // Browsers may ask the server for a page too while they start a stopped worker; this says that it is of no use.
  if (event.addRoutes) event.waitUntil(event.addRoutes({ condition: { requestMode: "navigate" }, source: "fetch-event" }));
  event.waitUntil(ready());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.url.startsWith(scope.href)) event.respondWith(answer(event.request));
});
