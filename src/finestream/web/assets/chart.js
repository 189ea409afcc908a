// Charts as plain SVG. Each can be read by keyboard, and says in words what the eye sees.

import { el, write } from "./dom.js";
import { limited } from "./words.js";

const PAD = { left: 52, right: 12, top: 10, bottom: 22 };

/** A small line of values without axes; null leaves a gap, a value without neighbours is a dot. */
export function spark(values, width = 120, height = 26) {
  const known = values.filter((value) => value !== null);
  const svg = el("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", preserveAspectRatio: "none", "aria-hidden": "true" });
  if (!known.length) return svg;
  const [least, most] = [Math.min(...known, 0), Math.max(...known, 0)];
  const at = (place) => (values.length > 1 ? (width * place) / (values.length - 1) : width / 2);
  const up = (value) => (most > least ? height - 2 - ((height - 4) * (value - least)) / (most - least) : height - 2);
  for (const run of runs(values)) {
    const points = run.map(([place, value]) => `${at(place).toFixed(1)},${up(value).toFixed(1)}`);
    if (points.length === 1) svg.append(el("line", { x1: at(run[0][0]), x2: at(run[0][0]), y1: up(0) + 1, y2: up(run[0][1]) - 1, class: "bar" }));
    else svg.append(el("polyline", { points: points.join(" "), fill: "none" }));
  }
  return svg;
}

/** What stands together without a gap. */
function runs(values) {
  const found = [];
  let open = null;
  values.forEach((value, place) => {
    if (value === null) open = null;
    else if (open) open.push([place, value]);
    else found.push((open = [[place, value]]));
  });
  return found;
}

function ticks(least, most) {
  if (!(most > least)) return [0, 1];
  const rough = (most - least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const first = Math.floor(least / step + 1e-9);
  return Array.from({ length: Math.ceil(most / step - 1e-9) - first + 1 }, (_, place) => (first + place) * step);
}

/**
 * One figure in the course of time.
 * `points`: { when, value, label } in order; `spell`: how a value is written; `limit`: above it is an alert, or null; `isCount`: drawn as bars.
 */
export function chart({ points, spell, limit, title, width, isCount, height = 220 }) {
  const known = points.filter((point) => point.value !== null);
  const most = Math.max(...known.map((point) => point.value), limit !== null && known.length ? Math.min(limit * 1.2, 10 * Math.max(...known.map((point) => point.value), 1e-9)) : 0, 0);
  const scale = ticks(Math.min(0, ...known.map((point) => point.value)), most);
  const [low, top] = [scale[0], scale[scale.length - 1]];
  const inner = Math.max(40, width - PAD.left - PAD.right);
  const at = (place) => PAD.left + (points.length > 1 ? (inner * place) / (points.length - 1) : inner / 2);
  const up = (value) => height - PAD.bottom - ((height - PAD.top - PAD.bottom) * (value - low)) / (top - low);
  const svg = el("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "chart", role: "img", tabindex: 0, "aria-label": summary(title, known, spell) });
  for (const value of scale) {
    svg.append(el("line", { x1: PAD.left, x2: width - PAD.right, y1: up(value), y2: up(value), class: "rule" }));
    svg.append(el("text", { x: PAD.left - 6, y: up(value) + 4, class: "tick end" }, spell(value)));
  }
  const apart = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(inner / 90))));
  for (let place = 0; place < points.length; place += apart) {
    const isLast = at(place) > width - PAD.right - 20;
    svg.append(el("text", { x: at(place), y: height - 6, class: `tick ${place === 0 ? "" : isLast ? "end" : "middle"}` }, points[place].label));
  }
  if (limit !== null && limit <= top) {
    svg.append(el("line", { x1: PAD.left, x2: width - PAD.right, y1: up(limit), y2: up(limit), class: "limit" }));
    svg.append(el("text", { x: width - PAD.right, y: up(limit) - 4, class: "tick end limit-name" }, `alert above ${limited(limit, spell)}`));
  }
  for (const run of isCount ? [] : runs(points.map((point) => point.value))) {
    if (run.length > 1) {
      const line = run.map(([place, value]) => `${at(place).toFixed(1)},${up(value).toFixed(1)}`);
      svg.append(el("polygon", { points: [`${at(run[0][0])},${up(0)}`, ...line, `${at(run[run.length - 1][0])},${up(0)}`].join(" "), class: "area" }));
      svg.append(el("polyline", { points: line.join(" "), class: "line", fill: "none" }));
    }
    if (run.length < 20) for (const [place, value] of run) svg.append(el("circle", { cx: at(place), cy: up(value), r: 2.5, class: "dot" }));
  }
  const thick = Math.max(1, (inner / Math.max(1, points.length)) * 0.7);
  for (const [place, point] of isCount ? points.entries() : []) {
    if (point.value) svg.append(el("rect", { x: at(place) - thick / 2, width: thick, y: up(point.value), height: up(0) - up(point.value), class: "column" }));
  }
  const cursor = el("line", { y1: PAD.top, y2: height - PAD.bottom, class: "cursor", visibility: "hidden" });
  svg.append(cursor);
  const readout = el("p", { class: "readout", "aria-live": "polite" }, known.length ? "Arrow keys or the pointer: the value of one period." : "Nothing of it was measured in this time.");
  let current = points.length;
  const move = (place) => {
    current = Math.min(points.length - 1, Math.max(0, place));
    const point = points[current];
    cursor.setAttribute("x1", at(current));
    cursor.setAttribute("x2", at(current));
    cursor.setAttribute("visibility", "visible");
    write(readout, `${point.when}: ${point.value === null ? "not measured" : spell(point.value)}`);
  };
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
    if (step === undefined || !points.length) return;
    event.preventDefault();
    move(current + step);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!points.length) return;
    const box = svg.getBoundingClientRect();
    move(Math.round((((event.clientX - box.left) * (width / box.width) - PAD.left) / inner) * (points.length - 1)));
  });
  return el("figure", {}, svg, el("figcaption", {}, readout));
}

function summary(title, known, spell) {
  if (!known.length) return `${title}: not measured`;
  const values = known.map((point) => point.value);
  return `${title}, ${known.length} periods: from ${spell(Math.min(...values))} to ${spell(Math.max(...values))}, last ${spell(values[values.length - 1])}`;
}
