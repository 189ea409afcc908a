// The line to the server: questions, and what it tells by itself. When it breaks it is mended here, and that is shown.

import { write } from "./dom.js";

const SILENCE = 15000; // milliseconds without a sign of life
const AGAIN = 1000; // milliseconds until the next attempt, more each time
const LONGEST = 8000;

const STATES = {
  open: ["●", "live"],
  waiting: ["◌", "connecting"],
  broken: ["○", "reconnecting"],
  resting: ["‖", "resting"],
};
const GONE = "The monitor does not answer. The page goes on trying. If its session has ended, finestream dashboard --web tells where there is one now.";

/** Ask for a view; the answer is JSON. */
export async function ask(view, query = {}) {
  const text = new URLSearchParams(query).toString();
  const answer = await fetch(`data/${view}${text ? `?${text}` : ""}`);
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error ?? "this cannot be read"), { fix: body.fix ?? "" });
  return body;
}

/** Hear what is told until the page is closed. `told`: listeners by the name of the event. */
export function listen(told) {
  let source = null;
  let watch = 0;
  let failures = 0;

  function show(state) {
    const link = document.getElementById("link");
    link.dataset.state = state;
    write(link.querySelector("i"), STATES[state][0]);
    write(link.querySelector("span"), STATES[state][1]);
    const trouble = document.getElementById("trouble");
    trouble.hidden = !(state === "broken" && failures > 3);
    if (!trouble.hidden) write(trouble, GONE);
  }

  function heard() {
    clearTimeout(watch);
    watch = setTimeout(again, SILENCE);
  }

  function connect() {
    source?.close();
    source = new EventSource("live");
    source.addEventListener("open", () => {
      failures = 0;
      show("open");
      heard();
    });
    source.addEventListener("error", again);
    source.addEventListener("still", heard);
    for (const [name, listener] of Object.entries(told)) {
      source.addEventListener(name, (event) => {
        heard();
        listener(JSON.parse(event.data));
      });
    }
  }

  function again() {
    source?.close();
    clearTimeout(watch);
    failures += 1;
    show("broken");
    watch = setTimeout(connect, Math.min(LONGEST, AGAIN * failures));
  }

  function rest() {
    source?.close();
    clearTimeout(watch);
    show("resting");
  }

  // A browser has few lines to one server: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) rest();
    else connect();
  });
  addEventListener("online", connect);
  show("waiting");
  connect();
}
