// Numbers as people read them. Each value comes from the server as it was computed there; only its spelling is made here.

export const NOT_MEASURED = "not measured";

/** `67%`, small shares as `0.02%`, and what is not all as less than all: as on the terminal. */
export function percent(share) {
  const hundredths = 100 * share;
  if (share === 0 || share === 1 || (Math.abs(hundredths) >= 10 && !(hundredths >= 99 && hundredths < 100))) return `${hundredths.toFixed(0)}%`;
  if (hundredths > 0 && hundredths < 0.01) return "<0.01%";
  return `${Math.min(hundredths, 99.99).toFixed(2)}%`;
}

/** A limit, as it stands in the settings. */
export function limited(limit, spell) {
  return spell === percent ? `${Number((100 * limit).toPrecision(6))}%` : spell(limit);
}

export function duration(seconds) {
  if (seconds < 0.9995) return `${(1000 * seconds).toFixed(0)} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function bytes(size) {
  if (size < 1024) return `${Math.round(size)} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

const grouped = new Intl.NumberFormat("en-US");
export const count = (number) => grouped.format(number);
export const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
export const dollars = (cost) => `$${cost.toFixed(4)}`;

/** A moment in seconds since 1970: the time alone where it was today. */
export function clock(moment) {
  const date = new Date(1000 * moment);
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString() ? time : `${day(date)} ${time.slice(0, 5)}`;
}

export function day(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

// A sign and a word for each state: colour alone says nothing here.
const SIGNS = {
  well: ["✓", "ok"],
  mended: ["◆", "mended"],
  bad: ["▲", "fault"],
  streaming: ["▸", "flow"],
  stalled: ["▲", "bad"],
  correcting: ["◆", "mended"],
  continuing: ["◆", "mended"],
  waiting: ["◌", "rest"],
  thinking: ["…", "rest"],
  writing: ["▸", "rest"],
  unwatched: ["▲", "bad"],
  completed: ["✓", "well"],
  done: ["✓", "well"],
  skipped: ["»", "rest"],
  partial: ["▲", "bad"],
  failed: ["▲", "bad"],
  blocked: ["▲", "bad"],
  interrupted: ["‖", "mended"],
  working: ["▸", "flow"],
  unreadable: ["▲", "bad"],
};

export function sign(state) {
  return (SIGNS[state] ?? ["·", "rest"])[0];
}

export function mood(state) {
  return ["well", "mended", "bad"].includes(state) ? state : (SIGNS[state] ?? ["·", "rest"])[1];
}
