// Pyodide from 314 on is made of modules; a service worker has to name them all at its start.
import createPyodideModule from "./pyodide/pyodide.asm.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";
import "./worker.js";
self.loadPyodide = (options) => loadPyodide({ ...options, createPyodideModule });
