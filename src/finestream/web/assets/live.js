// What streams now: a card for each response, which grows with it.

import { el, empty, fill, foreign, say, write } from "./dom.js";
import { bytes, counted, duration, mood, sign } from "./words.js";

const MOST = 60; // cards; of more, nobody sees anything
const KEPT = 90; // sizes of a stream that are remembered
const [WIDTH, HEIGHT] = [160, 28];

const streams = new Map();
const cards = new Map();
let gateways = [];
let body = null;
let isDrawn = true;

export function begin(place) {
  body = place;
  fill(body, el("div", { class: "cards" }), el("p", { class: "more", hidden: true }), el("div", { class: "idle" }));
  draw();
}

export async function show() {
  draw();
}

/** Take what has changed. */
export function take(news) {
  gateways = news.gateways;
  if (news.whole) for (const key of [...streams.keys()]) if (!(key in news.streams)) streams.delete(key);
  for (const [key, view] of Object.entries(news.streams)) {
    if (view === null) streams.delete(key);
    else put(key, view);
  }
  if (isDrawn) requestAnimationFrame(draw);
  isDrawn = false;
}

function put(key, view) {
  const before = streams.get(key);
  const sizes = before?.sizes ?? [];
  if (view.size !== null) sizes.push(view.size);
  if (sizes.length > KEPT) sizes.shift();
  if (before && before.view.state !== view.state) announce(view);
  streams.set(key, { view, sizes });
}

function announce(view) {
  if (view.state === "continuing" || view.state === "correcting") say(`${view.tool} of ${view.agent}: ${told(view)}`);
  else if (view.state === "done" && view.outcome !== "complete") say(`${view.tool} of ${view.agent}: ${view.outcome}`);
}

/** How it stands, in words. */
function told(view) {
  if (view.state === "done") return view.outcome === "complete" ? "done" : `done, ${view.outcome}`;
  if (view.state !== "continuing") return view.state;
  const doing = { continue: "continuing", retry: "asking again", fallback: "last attempt" }[view.action] ?? "continuing";
  return `${doing}, attempt ${view.attempt} of ${view.attempts}`;
}

function draw() {
  isDrawn = true;
  const shown = [...streams.keys()].slice(-MOST);
  for (const [key, card] of cards) {
    if (!shown.includes(key)) {
      card.root.remove();
      cards.delete(key);
    }
  }
  const list = body.querySelector(".cards");
  for (const key of shown) {
    if (!cards.has(key)) {
      const card = make();
      cards.set(key, card);
      list.append(card.root);
    }
    renew(cards.get(key), streams.get(key));
  }
  const more = streams.size - shown.length;
  const rest = body.querySelector(".more");
  rest.hidden = more <= 0;
  write(rest, `and ${counted(more, "stream")} more`);
  idle();
  const badge = document.getElementById("count");
  badge.hidden = !streams.size;
  write(badge, String(streams.size));
  badge.setAttribute("aria-label", counted(streams.size, "stream"));
}

function idle() {
  const place = body.querySelector(".idle");
  const kinds = [...new Set(gateways.map((each) => each.kind))].sort().join(", ");
  const state = streams.size ? "" : gateways.length ? `rest ${gateways.length} ${kinds}` : "none";
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  if (!state) fill(place);
  else if (state === "none") fill(place, empty("No monitor runs here.", "Start a session behind one: finestream claude"));
  else fill(place, empty("Nothing streams at this moment.", `${counted(gateways.length, "monitor")} (${kinds}) at rest.`));
}

function make() {
  const part = {
    state: el("span", { class: "state" }),
    agent: foreign("", "agent"),
    tool: foreign("", "tool"),
    target: foreign("", "target"),
    size: el("data", { class: "size" }),
    figures: el("span", { class: "figures" }),
    line: el("path", { class: "growth", fill: "none" }),
    text: el("pre", { class: "tail", "aria-hidden": "true" }),
  };
  const chart = el("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "spark", "aria-hidden": "true" }, part.line);
  const head = el("header", {}, el("strong", {}, part.agent), part.state);
  const root = el("article", { class: "card stream" }, head, el("p", { class: "about" }, part.tool, " ", part.target), chart,
    el("p", { class: "sums" }, part.size, part.figures), part.text);
  return { root, ...part };
}

function renew(card, { view, sizes }) {
  const state = view.state === "done" ? (view.is_well ? (view.outcome === "complete" ? "done" : "mended") : "bad") : view.state;
  card.root.dataset.mood = mood(state);
  write(card.agent, view.agent || "main");
  write(card.tool, view.tool);
  write(card.target, view.target);
  card.target.title = view.target;
  write(card.state, `${sign(state)} ${told(view)}`);
  write(card.size, view.size === null ? "" : bytes(view.size));
  card.size.value = view.size ?? "";
  write(card.figures, figures(view));
  card.line.setAttribute("d", growth(sizes));
  write(card.text, view.text.join("\n"));
  card.text.hidden = !view.text.length;
}

function figures(view) {
  const said = [];
  if (view.lines !== null) said.push(counted(view.lines, "line"));
  if (view.chunks !== null) said.push(counted(view.chunks, "chunk"));
  if (view.rate !== null && view.state !== "done") said.push(`${bytes(view.rate)}/s`);
  if (view.quiet >= 2 && view.state !== "done") said.push(`quiet for ${duration(view.quiet)}`);
  return said.join(" · ");
}

function growth(sizes) {
  if (sizes.length < 2) return "";
  const most = Math.max(...sizes, 1);
  return sizes.map((size, place) => `${place ? "L" : "M"}${((WIDTH * place) / (sizes.length - 1)).toFixed(1)} ${(HEIGHT - 2 - ((HEIGHT - 4) * size) / most).toFixed(1)}`).join("");
}

/** Say in a view that it could not be read. */
export function complain(place, error) {
  fill(place, empty(error.message, error.fix ?? ""));
}
