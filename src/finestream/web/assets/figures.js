// The figures: how well streaming works. Every value is that of `finestream metrics --json`; here it is only spelled.

import { chart, spark } from "./chart.js";
import { el, empty, fill, foreign } from "./dom.js";
import { NOT_MEASURED, bytes, count, counted, day, duration, limited, percent } from "./words.js";

const FIGURES = [
  ["latency_reduction", "Latency reduction", percent, (c) => counted(c.handoffs, "handoff")],
  ["first_chunk_seconds", "First chunk after", duration, (c) => counted(c.handoffs, "handoff")],
  ["average_chunk_bytes", "Average chunk", bytes, (c) => counted(c.chunks, "chunk")],
  ["incomplete_json_rate", "Incomplete JSON", percent, (c) => `${count(c.incomplete)} of ${counted(c.inputs, "input")}`],
  ["fallback_rate", "Fallbacks", percent, (c) => `${count(c.fallbacks)} of ${counted(c.inputs, "input")}`],
  ["correction_success", "Corrections that held", percent, (c) => `${count(c.corrected)} of ${count(c.malformed)} malformed`],
  ["retry_success", "Rescued by a retry", percent, (c) => `${count(c.rescued)} of ${count(c.retried)} retried`],
  ["first_retry_success", "At the first retry", percent, (c) => `${count(c.rescued_at_once)} of ${count(c.retried)} retried`],
  ["fallback_success", "Fallbacks that held", percent, (c) => `${count(c.fallbacks_whole)} of ${counted(c.fallbacks, "fallback")}`],
];
const ALERTS = {
  first_chunk_seconds: "The first chunk comes late",
  incomplete_json_rate: "Incomplete JSON",
  fallback_rate: "Fallbacks",
};
const SPELLED = Object.fromEntries(FIGURES.map(([name, , spell]) => [name, spell]));
const INPUTS = "inputs";

let chosen = INPUTS;
let last = null;

export async function show(place, { since, ask }) {
  last = await ask("figures", { since });
  draw(place);
}

function draw(place) {
  const { report, trend, limits } = last;
  const isNothing = Object.values(report.counts).every((number) => number === 0);
  fill(
    place,
    report.alerts.map((alert) =>
      el("p", { class: "alert", role: "alert" }, el("i", { "aria-hidden": "true" }, "▲"), ` ${ALERTS[alert.figure]}: `,
        el("strong", {}, SPELLED[alert.figure](alert.value)), `, above ${limited(alert.limit, SPELLED[alert.figure])}`)),
    isNothing ? empty("Nothing was measured in this time.", "Choose a longer time, or start a session: finestream claude") : null,
    el("div", { class: "tiles" }, inputs(place, report, trend), FIGURES.map((figure) => tile(place, figure, report, trend, limits))),
    trends(place, trend, limits),
    agents(report),
    notes(report),
  );
}

function value(number, spell) {
  return number === null ? el("span", { class: "unknown" }, NOT_MEASURED) : el("data", { value: number }, spell(number));
}

function tile(place, [name, title, spell, beside], report, trend, limits) {
  const number = report.figures[name];
  const isAlert = number !== null && name in limits && number > limits[name];
  const judged = number === null || !(name in limits) ? null : el("span", { class: "judged" }, isAlert ? "▲ above " : "✓ below ", limited(limits[name], spell));
  return el("button", {
    type: "button", class: "card tile", id: `tile-${name}`, "data-figure": name, "data-mood": isAlert ? "bad" : null,
    "aria-pressed": String(chosen === name), on: { click: () => choose(place, name) },
  }, el("span", { class: "label" }, title), el("strong", { class: "value" }, value(number, spell)), spark(trend.periods.map((period) => period.figures[name])),
  el("span", { class: "beside" }, beside(report.counts), judged ? " · " : null, judged));
}

function inputs(place, report, trend) {
  return el("button", { type: "button", class: "card tile", id: `tile-${INPUTS}`, "aria-pressed": String(chosen === INPUTS), on: { click: () => choose(place, INPUTS) } },
    el("span", { class: "label" }, "Tool inputs"), el("strong", { class: "value" }, value(report.counts.inputs, count)),
    spark(trend.periods.map((period) => period.counts.inputs)),
    el("span", { class: "beside" }, report.counts.unwatched ? `and ${count(report.counts.unwatched)} unwatched` : "that were watched"));
}

function choose(place, name) {
  chosen = chosen === name ? INPUTS : name;
  draw(place);
}

function trends(place, trend, limits) {
  const figure = FIGURES.find(([name]) => name === chosen);
  const title = figure ? figure[1] : "Tool inputs";
  const spell = figure ? figure[2] : count;
  const points = trend.periods.map((period) => {
    const date = new Date(period.from);
    return { value: figure ? period.figures[chosen] : period.counts.inputs, label: label(date, trend), when: `${day(date)} ${date.toLocaleTimeString("en-GB").slice(0, 5)}` };
  });
  const limit = figure && chosen in limits ? limits[chosen] : null;
  const width = Math.max(300, Math.min(1600, place.clientWidth - 34 || 700));
  return el("section", { class: "card trend", "aria-label": "Trend" },
    el("h3", {}, title, el("small", {}, ` in the course of time, each period ${span(trend.minutes)}`)),
    chart({ points, spell, limit, title, width, isCount: !figure }));
}

function span(minutes) {
  if (minutes < 60) return counted(minutes, "minute");
  return minutes < 1440 ? counted(minutes / 60, "hour") : counted(minutes / 1440, "day");
}

function label(date, trend) {
  const whole = trend.minutes * trend.periods.length;
  return whole <= 2 * 1440 ? date.toLocaleTimeString("en-GB").slice(0, 5) : day(date).slice(5);
}

const COLUMNS = [
  ["Inputs", (s) => s.counts.inputs, count],
  ["Chunks", (s) => s.counts.chunks, count],
  ["Average chunk", (s) => s.figures.average_chunk_bytes, bytes],
  ["First chunk", (s) => s.figures.first_chunk_seconds, duration],
  ["Latency reduction", (s) => s.figures.latency_reduction, percent],
  ["Incomplete", (s) => s.counts.incomplete, count],
  ["Malformed", (s) => s.counts.malformed, count],
  ["Retried", (s) => s.counts.retried, count],
  ["Fallbacks", (s) => s.counts.fallbacks, count],
];

function agents(report) {
  const ranked = Object.entries(report.agents).sort(([a, one], [b, other]) => other.counts.handoffs - one.counts.handoffs || other.counts.inputs - one.counts.inputs || (a < b ? -1 : 1));
  if (!ranked.length) return null;
  return el("section", { class: "card" }, el("h3", {}, "Agents"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Agents" },
    el("table", { class: "agents" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Agent"), COLUMNS.map(([title]) => el("th", { scope: "col", class: "number" }, title)))),
      el("tbody", {}, ranked.slice(0, 200).map(([name, sums]) =>
        el("tr", {}, el("th", { scope: "row" }, foreign(name)), COLUMNS.map(([, of, spell]) => el("td", { class: "number" }, cell(of(sums), spell)))))))));
}

function cell(number, spell) {
  return number === null ? el("span", { class: "unknown", title: NOT_MEASURED }, "–", el("span", { class: "hidden" }, NOT_MEASURED)) : el("data", { value: number }, spell(number));
}

function notes(report) {
  const said = [];
  if (report.journal_begins && report.journal_begins > report.from) {
    const date = new Date(report.journal_begins);
    said.push(`The journal begins at ${day(date)} ${date.toLocaleTimeString("en-GB").slice(0, 5)}.`);
  }
  if (report.damaged_lines) said.push(`${counted(report.damaged_lines, "line")} of the journal ${report.damaged_lines === 1 ? "is" : "are"} damaged and left out.`);
  return said.length ? el("p", { class: "note" }, said.join(" ")) : null;
}
