// Runs, and one of them in the course of time.

import { el, empty, fill, foreign } from "./dom.js";
import { timeline } from "./timeline.js";
import { clock, count, counted, dollars, duration, mood, percent, sign } from "./words.js";

export async function show(place, { path, ask }) {
  const { runs, more } = await ask("runs");
  if (!runs.length) {
    fill(place, empty("There are no runs yet.", 'Begin one: finestream run quick-flow "Add a login page"'));
    return;
  }
  const key = path[0] ?? runs[0].key;
  const found = await ask("run", { key }).catch((error) => error);
  fill(place, el("div", { class: "split runs" }, list(runs, more, key), found instanceof Error ? empty(found.message, found.fix) : run(found, place)));
}

function list(runs, more, chosen) {
  return el("div", { class: "list", role: "list", "aria-label": "Runs" },
    runs.map((each) => el("div", { role: "listitem" }, el("a", {
      href: `#/runs/${each.key}`, class: "row", "data-row": true, id: `run-${each.key}`, "aria-current": each.key === chosen ? "true" : null,
    },
    el("span", { class: "state", "data-mood": mood(each.state) }, `${sign(each.state)} ${each.state}`),
    el("span", { class: "when" }, each.began === null ? "" : clock(each.began)),
    el("strong", {}, foreign(each.workflow || each.run)),
    el("span", { class: "took" }, each.seconds === null ? "" : duration(each.seconds)),
    foreign(each.request, "request")))),
    more ? el("p", { class: "more" }, `and ${counted(more, "older run")}: finestream run --list`) : null);
}

function run(found, place) {
  const { summary } = found;
  return el("article", { class: "card run", "aria-label": "The run" },
    el("header", {},
      el("h3", {}, foreign(summary.workflow)),
      el("span", { class: "state", "data-mood": mood(summary.state) }, `${sign(summary.state)} ${summary.state}`)),
    el("p", { class: "about" }, foreign(summary.request)),
    el("dl", { class: "sums" },
      fact("Took", summary.seconds === null ? "not measured" : duration(summary.seconds)),
      fact("Overlapped", found.began === null ? "not measured" : `${duration(found.overlapped)}, at most ${found.peak} at once`),
      fact("First chunk", firsts(found.firsts)),
      fact("Cost", summary.cost === null ? "not measured" : dollars(summary.cost)),
      fact("Run", el("code", {}, foreign(summary.run)))),
    found.began === null ? empty("Nothing has happened in it yet.") : timeline(found, place),
    found.lanes.filter((lane) => lane.more).map((lane) => el("p", { class: "more" }, foreign(lane.title), ` has ${counted(lane.more, "more mark")} than are drawn.`)),
    table(found));
}

function fact(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function firsts(found) {
  if (found === null) return "not measured";
  const [least, most] = found;
  return least === most ? `after ${duration(least)}` : `after ${duration(least)} to ${duration(most)}`;
}

function table(found) {
  const { agents } = found.summary;
  const columns = ["State", "Chunks", "Bytes", "At work", "First chunk", "Turns", "Faults", "Recoveries", "Cost"];
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Agents of the run" }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Agent"), columns.map((title, place) => el("th", { scope: "col", class: place ? "number" : null }, title)))),
    el("tbody", {}, found.lanes.map((lane) => {
      const own = agents[lane.step];
      return el("tr", {}, el("th", { scope: "row" }, foreign(lane.title)),
        el("td", {}, el("span", { class: "state", "data-mood": mood(lane.state) }, `${sign(lane.state)} ${lane.state}`), own?.cause ? foreign(` ${own.cause}`, "cause") : null),
        el("td", { class: "number" }, own ? count(own.chunks) : "–"),
        el("td", { class: "number" }, own ? count(own.bytes) : "–"),
        el("td", { class: "number" }, lane.work === null ? "–" : duration(lane.work)),
        el("td", { class: "number" }, own && own.until_first_chunk !== null ? duration(own.until_first_chunk) : "–"),
        el("td", { class: "number" }, own ? count(own.turns) : "–"),
        el("td", { class: "number" }, count(lane.counts.fault)),
        el("td", { class: "number" }, count(lane.counts.recovery)),
        el("td", { class: "number" }, own && own.cost !== null ? dollars(own.cost) : "–"));
    }))),
  found.handoffs.length ? el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Handoff"), ["First chunk after", "Whole after", "Less waiting"].map((title) => el("th", { scope: "col", class: "number" }, title)))),
    el("tbody", {}, found.handoffs.map((each) => el("tr", {}, el("th", { scope: "row" }, foreign(each.sender), " → ", foreign(each.receiver)),
      el("td", { class: "number" }, duration(each.first)), el("td", { class: "number" }, duration(each.whole)), el("td", { class: "number" }, percent(each.reduction)))))) : null);
}
