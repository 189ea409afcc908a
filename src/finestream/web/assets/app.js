// The page as a whole: where one is, what the keys do, light and dark, and who is told of what is new.

import { write, say } from "./dom.js";
import { ask, listen } from "./line.js";
import * as calls from "./calls.js";
import * as figures from "./figures.js";
import * as live from "./live.js";
import * as runs from "./runs.js";

const VIEWS = { live, figures, runs, calls };
const THEMES = ["auto", "light", "dark"];
const LEAST = 1500; // milliseconds between two readings of the same view
const WIDE = matchMedia("(min-width: 2200px)"); // from here on all views are seen at once

const state = { view: "figures", since: "24h", path: [] };
const due = {};

function place(name) {
  return document.querySelector(`#${name} > .body`);
}

/** Whether a view is before somebody's eyes now. */
function isSeen(name) {
  return WIDE.matches || state.view === name;
}

function go() {
  const [view = "", ...path] = decoded(location.hash.replace(/^#\/?/, ""));
  state.view = view in VIEWS ? view : "figures";
  state.path = path;
  for (const link of document.querySelectorAll("#nav a")) {
    const isCurrent = link.dataset.view === state.view;
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.body.dataset.view = state.view;
  for (const name of Object.keys(VIEWS)) if (isSeen(name)) show(name);
}

function decoded(hash) {
  return hash.split("/").filter((part) => part !== "");
}

function show(name) {
  const view = VIEWS[name];
  const path = state.view === name ? state.path : [];
  due[name] = performance.now();
  view.show(place(name), { since: state.since, path, ask }).catch((error) => live.complain(place(name), error));
}

/** Read a view anew, but not all the time. */
function renew(name) {
  if (!isSeen(name) || document.hidden || due[`${name}?`]) return;
  const wait = Math.max(0, LEAST - (performance.now() - (due[name] ?? 0)));
  due[`${name}?`] = setTimeout(() => {
    delete due[`${name}?`];
    if (isSeen(name)) show(name);
  }, wait);
}

// -- light and dark --------------------------------------------------------------------------------------------------------------------------

function theme() {
  return document.documentElement.dataset.theme ?? "auto";
}

function turn() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("finestream-theme", next);
  } catch { /* it holds until the page is closed */ }
  named();
  say(`Colours: ${next}`);
}

function named() {
  write(document.querySelector("#theme span"), theme());
  write(document.querySelector("#theme i"), { auto: "◐", light: "○", dark: "●" }[theme()]);
}

// -- keys ------------------------------------------------------------------------------------------------------------------------------------

function spread(span) {
  const select = document.getElementById("since");
  state.since = span ?? select.options[(select.selectedIndex + 1) % select.options.length].value;
  select.value = state.since;
  for (const name of ["figures", "calls"]) if (isSeen(name)) show(name);
  say(`Time span: ${select.selectedOptions[0].textContent}`);
}

function help() {
  const dialog = document.getElementById("help");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function step(by) {
  const rows = [...place(state.view).querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + by))].focus();
}

const KEYS = {
  1: () => { location.hash = "#/live"; },
  2: () => { location.hash = "#/figures"; },
  3: () => { location.hash = "#/runs"; },
  4: () => { location.hash = "#/calls"; },
  j: () => step(1),
  k: () => step(-1),
  t: turn,
  s: () => spread(),
  r: () => go(),
  f: () => calls.toggle(),
  "?": help,
  "/": () => {
    location.hash = "#/calls";
    calls.look();
  },
  Escape: () => { if (state.path.length) location.hash = `#/${state.view}`; },
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (isTyping && event.key === "Escape") event.target.blur();
  const key = KEYS[event.key];
  if (!key || isTyping || document.getElementById("help").open) return;
  event.preventDefault();
  key();
}

// -- the beginning ---------------------------------------------------------------------------------------------------------------------------

function begin() {
  addEventListener("hashchange", () => {
    if (!document.getElementById("main").contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
    go();
  });
  addEventListener("keydown", press);
  WIDE.addEventListener("change", go);
  document.getElementById("theme").addEventListener("click", turn);
  document.getElementById("ask").addEventListener("click", help);
  document.getElementById("since").addEventListener("change", (event) => spread(event.target.value));
  named();
  live.begin(place("live"));
  listen({
    streams: (body) => {
      live.take(body);
      if (body.whole) introduce(); // the line has just been opened
    },
    changed: (what) => {
      if (what.journal) for (const name of ["figures", "calls"]) renew(name);
      if (what.runs || what.journal) renew("runs");
    },
  });
  go();
}

/** Say whose page it is; where nobody tells, that is asked again with the next line. */
async function introduce() {
  const about = await ask("about").catch(() => null);
  if (!about) return;
  write(document.getElementById("project"), about.name);
  document.getElementById("project").title = about.project;
  document.title = `${about.name} · finestream`;
}

begin();
