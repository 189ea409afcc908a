// The whole story of one call, with what it was before and after.

import { el, foreign } from "./dom.js";
import { bytes, count, counted, duration, sign } from "./words.js";

const BESIDE = 240; // characters of what is the same on both sides of what differs
const NOT_KEPT = "not in the journal";

export function story(told) {
  return [
    el("h3", {}, foreign(told.title)),
    el("p", { class: "state", "data-mood": told.mood }, `${sign(told.mood)} `, foreign(told.outcome)),
    el("dl", { class: "facts" }, told.facts.map((fact) => el("div", {}, el("dt", {}, fact.name), el("dd", {}, foreign(fact.value))))),
    told.corrections.map(correction),
    told.seams.map(seam),
    told.chunks.length ? chunks(told.chunks) : null,
    el("h4", {}, "What happened"),
    el("ol", { class: "moments" }, told.moments.map((moment) =>
      el("li", {}, el("span", { class: "number" }, `${moment.after < 0 ? "" : "+"}${moment.after.toFixed(3)} s`),
        el("div", {}, moment.lines.map((line) => el("p", {}, foreign(line))))))),
  ];
}

/** Bytes over time: each chunk is a step, and a mark where it was complete. */
function chunks(found) {
  const [width, height] = [640, 120];
  const most = Math.max(...found.map((chunk) => chunk.last), 1);
  const end = Math.max(...found.map((chunk) => chunk.ms), 1);
  const at = (ms) => 4 + ((width - 8) * ms) / end;
  const up = (size) => height - 4 - ((height - 12) * size) / most;
  const line = found.map((chunk) => `L${at(chunk.ms).toFixed(1)} ${up(chunk.last).toFixed(1)}`).join("");
  const first = found[0];
  return el("figure", { class: "growth" },
    el("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${counted(found.length, "chunk")}, the first after ${duration(first.ms / 1000)}, ${bytes(most)} after ${duration(end / 1000)}` },
      el("path", { d: `M${at(0)} ${up(0)}${line}`, class: "line", fill: "none" }),
      found.map((chunk) => el("circle", { cx: at(chunk.ms), cy: up(chunk.last), r: 2.5, class: "dot" },
        el("title", {}, `${chunk.path}, ${chunk.form}, bytes ${count(chunk.first)} to ${count(chunk.last)} after ${duration(chunk.ms / 1000)}`)))),
    el("figcaption", { class: "note" }, `${counted(found.length, "chunk")} shown: the first after ${duration(first.ms / 1000)}, ${bytes(most)} after ${duration(end / 1000)}`));
}

function correction(each) {
  const isDone = each.outcome === "corrected";
  const parts = isDone && each.before !== null && each.after !== null ? differing(each.before, each.after) : null;
  return el("section", { class: "change" },
    el("h4", {}, isDone ? "Corrected" : "Not corrected", each.rules ? [": ", foreign(each.rules)] : null, each.location ? [" at ", foreign(each.location)] : null),
    each.refused ? el("p", {}, foreign(each.refused)) : null,
    el("div", { class: "pair" },
      side("Before", each.before === null ? NOT_KEPT : parts ? shownPart(parts.head, el("del", {}, parts.before), parts.tail) : [foreign(each.before)]),
      isDone ? side("After", each.after === null ? NOT_KEPT : parts ? shownPart(parts.head, el("ins", {}, parts.after), parts.tail) : [foreign(each.after)]) : null),
    each.changes.length ? el("details", {}, el("summary", {}, counted(each.changes_in_total ?? each.changes.length, "change")),
      el("ul", {}, each.changes.map((change) => el("li", {}, foreign(change.rule), " at ", foreign(change.path), `, character ${change.offset}: `,
        el("del", {}, foreign(change.before)), " → ", el("ins", {}, foreign(change.after)))))) : null);
}

function side(title, inside) {
  return el("div", {}, el("h5", {}, title), el("pre", { tabindex: 0, "aria-label": title }, inside));
}

function shownPart(head, change, tail) {
  return [head.length > BESIDE ? "… " : "", head.slice(-BESIDE), change, tail.slice(0, BESIDE), tail.length > BESIDE ? " …" : ""];
}

/** What two texts begin and end with alike, and what differs between. */
function differing(before, after) {
  const least = Math.min(before.length, after.length);
  let head = 0;
  while (head < least && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < least - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return {
    head: before.slice(0, head),
    before: before.slice(head, before.length - tail),
    after: after.slice(head, after.length - tail),
    tail: tail ? before.slice(-tail) : "",
  };
}

/** Where a stream broke off, and how much came behind that place. */
function seam(each) {
  const isWhole = each.whole !== null && each.checkpoint !== null;
  const rest = isWhole ? Math.max(0, each.whole - each.checkpoint) : null;
  const share = isWhole && each.whole ? (100 * each.checkpoint) / each.whole : null;
  return el("section", { class: "change" },
    el("h4", {}, "Broke off: ", foreign(each.error ?? "unknown"), each.path ? [" at ", foreign(each.path)] : null),
    share === null ? null : el("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", class: "seam", role: "img", "aria-label": `the seam is at ${share.toFixed(0)}%` },
      el("rect", { x: 0, y: 0, width: share, height: 6, class: "kept" }), el("rect", { x: share, y: 0, width: 100 - share, height: 6, class: "joined" })),
    el("p", {}, `${each.received === null ? "?" : count(each.received)} bytes had arrived, `, `${each.checkpoint === null ? "?" : count(each.checkpoint)} were kept`,
      rest === null ? `; ${each.outcome}` : `, and ${count(rest)} came behind the seam: ${each.outcome}`),
    el("div", { class: "pair" },
      side("Before the seam", each.before === null ? NOT_KEPT : [each.before.length >= 1200 ? "… " : "", foreign(each.before)]),
      each.behind ? side("Behind it, dropped and asked for again", [el("del", {}, foreign(each.behind))]) : side("Behind the seam", el("em", {}, "It reached the client whole and is not written down; the client has it."))));
}
