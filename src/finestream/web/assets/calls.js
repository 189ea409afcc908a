// Calls: what became of each, and the whole story of one.

import { el, empty, fill, foreign } from "./dom.js";
import { story } from "./story.js";
import { clock, counted, sign } from "./words.js";

const QUIET = 250; // milliseconds after the last key before it is looked for
let words = "";
let isTrouble = false;
let isWanted = false; // the field, by somebody who has pressed a key before it was there
let last = null;
let timer = 0;

export async function show(place, context) {
  last = { place, context };
  const [split, rows, side] = frame(place);
  if (isWanted) look();
  const query = { since: context.since };
  if (words) query.words = words;
  if (isTrouble) query.trouble = "1";
  const [key, session = ""] = context.path;
  const [found, told] = await Promise.all([
    context.ask("calls", query).catch((error) => error),
    key ? context.ask("call", { key, session }).catch((error) => error) : null,
  ]);
  if (last.context !== context) return; // something else was asked for meanwhile
  document.getElementById("troubles").setAttribute("aria-pressed", String(isTrouble));
  split.classList.toggle("has-story", Boolean(told));
  fill(rows, list(found, key, session));
  fill(side, told ? detail(told) : null);
}

/** What stays while rows come and go: whoever writes into the field is not disturbed. */
function frame(place) {
  if (!place.querySelector(".split")) {
    const bar = el("div", { class: "bar" },
      el("input", { id: "words", type: "search", placeholder: "Agent, tool, file, outcome …", "aria-label": "Search the calls", autocomplete: "off", spellcheck: "false", on: { input: search } }),
      el("button", { id: "troubles", type: "button", "aria-pressed": "false", on: { click: toggle } }, "▲ Only faults"));
    fill(place, el("div", { class: "split calls" }, el("div", { class: "list" }, bar, el("div", { class: "found" })), el("div", { class: "side" })));
  }
  return [".split", ".found", ".side"].map((name) => place.querySelector(name));
}

/** Go into the field, now or when it is there. */
export function look() {
  const field = document.getElementById("words");
  isWanted = !field || !field.checkVisibility();
  if (!isWanted) field.focus();
}

/** Only calls with a fault, or all. */
export function toggle() {
  isTrouble = !isTrouble;
  if (last) show(last.place, { ...last.context });
}

function list(found, chosen, session) {
  if (found instanceof Error) return empty(found.message, found.fix);
  return [
    found.rows.length ? table(found.rows, chosen, session) : empty("Nothing of that kind is in the journal.", "Choose a longer time, or look for something else."),
    found.damaged_lines ? el("p", { class: "note" }, `${counted(found.damaged_lines, "line")} damaged and left out.`) : null,
  ];
}

function search(event) {
  words = event.target.value;
  clearTimeout(timer);
  timer = setTimeout(() => show(last.place, { ...last.context }), QUIET);
}

function table(rows, chosen, session) {
  return el("div", { class: "rows", role: "list", "aria-label": counted(rows.length, "call") }, rows.map((row) => {
    const inside = [
      el("span", { class: "when" }, row.when === null ? "" : clock(row.when)),
      el("span", { class: "state", "data-mood": row.mood }, `${sign(row.mood)} `, foreign(row.outcome)),
      el("span", { class: "what" }, foreign(row.what)),
      el("span", { class: "agents" }, foreign(row.agents)),
      el("span", { class: "size number" }, row.size ? `${row.size} B` : ""),
      el("span", { class: "took number" }, row.took),
    ];
    const target = `#/calls/${row.key}/${row.session}`;
    return el("div", { role: "listitem" }, row.key
      ? el("a", { href: target, class: "row", "data-row": true, id: `call-${row.session}-${row.key}`, "aria-current": row.key === chosen && (!session || row.session === session) ? "true" : null }, inside)
      : el("div", { class: "row lone" }, inside));
  }));
}

function detail(told) {
  const close = el("a", { href: "#/calls", class: "close", title: "Close (Esc)", "aria-label": "Close" }, "✕");
  return el("article", { class: "card story", "aria-label": "The story of the call" }, close, told instanceof Error ? empty(told.message, told.fix) : story(told));
}
