// Pyodide before 314 is made of scripts; a service worker has to load them all at its start.
importScripts("pyodide/pyodide.js", "pyodide/pyodide.asm.js", "worker.js");
