// A run as lanes: who worked when, which chunks, faults and recoveries there were, and from whom to whom the first chunks went.

import { el, write } from "./dom.js";
import { clock, duration } from "./words.js";

const LANE = 46;
const BAR = 16;
const TOP = 70; // of how many worked at once, and the hours
const LEAST = 560;
const LONGEST = 32; // characters of a name in the picture; the table has all of it

/** Draw a run. The arrow keys go from mark to mark, and what stands there is said. */
export function timeline(run, place) {
  // Until its first chunk: the figure of the run's summary, which `finestream run --show` tells as well.
  const firsts = (step) => run.summary.agents[step]?.until_first_chunk ?? null;
  const found = { ...run, lanes: run.lanes.map((lane) => ({ ...lane, first: lane.given === null ? null : firsts(lane.step) })) };
  const width = Math.max(LEAST, Math.min(2200, (place.querySelector(".card.run")?.clientWidth ?? guessed(place)) - 34));
  const spread = Math.max(0.001, found.ended - found.began);
  const at = (moment) => 6 + ((width - 12) * (moment - found.began)) / spread;
  const height = TOP + LANE * found.lanes.length + 4;
  const svg = el("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "timeline", role: "img", tabindex: 0, "aria-label": spoken(found) });
  svg.append(...hours(spread, width, height, at, found.began), ...together(found, at));
  found.lanes.forEach((lane, number) => svg.append(drawn(lane, TOP + LANE * number, at, width)));
  svg.append(...arrows(found, at));
  const readout = el("p", { class: "readout", "aria-live": "polite" }, "Arrow keys or the pointer: what happened there.");
  const cursor = el("line", { y1: TOP - 6, y2: height, class: "cursor", visibility: "hidden" });
  svg.append(cursor);
  walk(svg, found, { at, cursor, readout, width });
  return el("figure", { class: "lanes" }, el("div", { class: "scroll" }, svg), el("figcaption", {}, legend(), readout));
}

function guessed(place) {
  const whole = place.clientWidth || 800;
  return whole > 900 ? whole - 320 : whole;
}

function legend() {
  const item = (...inside) => el("span", { class: "key" }, ...inside);
  const picture = (shape) => el("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, shape);
  return el("p", { class: "legend" },
    item(picture(el("rect", { x: 1, y: 3, width: 14, height: 10, rx: 3, class: "spell" })), "at work"),
    item(picture(el("line", { x1: 8, x2: 8, y1: 2, y2: 14, class: "chunk" })), "chunk"),
    item(picture(el("path", { d: fault(8, 8), class: "fault" })), "fault"),
    item(picture(el("path", { d: recovery(8, 8), class: "recovery" })), "recovery"),
    item(picture(el("line", { x1: 1, x2: 15, y1: 8, y2: 8, class: "first" })), "until the first chunk"),
    item(picture(el("path", { d: "M2 3C2 12 8 8 13 13", class: "arrow" })), "first chunk told"));
}

const fault = (x, y) => `M${x} ${y - 6}L${x + 6} ${y + 5}H${x - 6}Z`;
const recovery = (x, y) => `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z`;

function* hours(spread, width, height, at, began) {
  const rough = spread / Math.max(3, Math.floor(width / 120));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  for (let seconds = 0; seconds <= spread; seconds += step) {
    yield el("line", { x1: at(began + seconds), x2: at(began + seconds), y1: 14, y2: height, class: "rule" });
    yield el("text", { x: at(began + seconds) + 3, y: 11, class: "tick" }, `${Number(seconds.toPrecision(6))} s`);
  }
}

/** How many were at work at each moment, as a skyline: where it is high, agents overlap. */
function* together(found, at) {
  const edges = found.lanes.flatMap((lane) => lane.spells.flatMap(([start, end]) => [[start, 1], [end, -1]])).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const base = TOP - 8;
  const unit = Math.min(12, 40 / Math.max(1, found.peak));
  let [now, line] = [0, `M${at(found.began)} ${base}`];
  for (const [moment, by] of edges) {
    line += `H${at(moment).toFixed(1)}`;
    now += by;
    line += `V${(base - unit * now).toFixed(1)}`;
  }
  yield el("path", { d: `${line}V${base}Z`, class: "together" }, el("title", {}, `at most ${found.peak} at work at once`));
}

function drawn(lane, top, at, width) {
  const middle = top + 30;
  const group = el("g", { class: "lane", "data-step": lane.step });
  group.append(el("line", { x1: 6, x2: width - 6, y1: middle, y2: middle, class: "base" }));
  for (const [start, end] of lane.spells) {
    group.append(el("rect", { x: at(start), y: middle - BAR / 2, width: Math.max(2, at(end) - at(start)), height: BAR, rx: 3, class: "spell" }));
  }
  if (lane.first !== null) {
    group.append(el("line", { x1: at(lane.given), x2: at(lane.given + lane.first), y1: middle + BAR / 2 + 3, y2: middle + BAR / 2 + 3, class: "first" }));
  }
  for (const mark of lane.marks.filter((each) => each.kind === "chunk")) {
    group.append(el("line", { x1: at(mark.at), x2: at(mark.at), y1: middle - BAR / 2 + 2, y2: middle + BAR / 2 - 2, class: "chunk", "data-mark": "chunk" }));
  }
  for (const mark of lane.marks.filter((each) => each.kind !== "chunk")) {
    const shape = mark.kind === "fault" ? fault(at(mark.at), middle - 1) : recovery(at(mark.at), middle);
    group.append(el("path", { d: shape, class: mark.kind, "data-mark": mark.kind }, el("title", {}, mark.label)));
  }
  const start = Math.min(at(lane.spells[0]?.[0] ?? lane.marks[0]?.at ?? 0) || 6, width * 0.62);
  const name = lane.title.length > LONGEST ? `${lane.title.slice(0, LONGEST - 1)}…` : lane.title;
  const first = lane.first === null ? null : el("tspan", { class: "tick", dx: 8 }, `first chunk after ${duration(lane.first)}`);
  group.append(el("text", { x: Math.max(6, start), y: middle - BAR / 2 - 5, class: "lane-name" }, el("title", {}, lane.step), name, first));
  return group;
}

function* arrows(found, at) {
  const place = Object.fromEntries(found.lanes.map((lane, number) => [lane.step, TOP + LANE * number + 30]));
  for (const each of found.told) {
    const [from, to] = [place[each.sender], place[each.receiver]];
    if (from === undefined || to === undefined) continue;
    const [x, start, end] = [at(each.at), from + (to > from ? BAR / 2 : -BAR / 2), to + (to > from ? -BAR / 2 : BAR / 2)];
    yield el("path", { d: `M${x - 5} ${start}C${x - 5} ${(start + end) / 2} ${x} ${(start + end) / 2} ${x} ${end}`, class: "arrow", "data-arrow": `${each.sender} ${each.receiver}` });
    yield el("circle", { cx: x, cy: end, r: 2.5, class: "arrow-head" });
  }
}

function walk(svg, found, { at, cursor, readout, width }) {
  const marks = found.lanes.flatMap((lane) => lane.marks.map((mark) => ({ ...mark, lane: lane.title })));
  const titles = Object.fromEntries(found.lanes.map((lane) => [lane.step, lane.title]));
  marks.push(...found.told.map((each) => ({ at: each.at, lane: titles[each.receiver], label: `the first chunk of ${titles[each.sender]} is told` })));
  marks.sort((a, b) => a.at - b.at);
  let current = -1;
  const move = (number) => {
    if (!marks.length) return;
    current = Math.min(marks.length - 1, Math.max(0, number));
    const mark = marks[current];
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, at(mark.at));
    cursor.setAttribute("visibility", "visible");
    write(readout, `${clock(mark.at)}, after ${duration(mark.at - found.began)} · ${mark.lane}: ${mark.label}`);
  };
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -marks.length, End: marks.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(current + step);
  });
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * (width / box.width);
    let best = 0;
    marks.forEach((mark, number) => {
      if (Math.abs(at(mark.at) - x) < Math.abs(at(marks[best].at) - x)) best = number;
    });
    move(best);
  });
}

function spoken(found) {
  const lanes = found.lanes.map((lane) => {
    const { chunk, fault, recovery } = lane.counts;
    return `${lane.title}: ${chunk} chunks, ${fault} faults, ${recovery} recoveries`;
  });
  return `Timeline of ${duration(found.ended - found.began)}; ${duration(found.overlapped)} of work while another agent was at work. ${lanes.join("; ")}`;
}
