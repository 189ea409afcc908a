// Elements are made here, and here alone. What comes from a stream is text: it is never parsed as HTML, and never becomes an address.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "g", "path", "rect", "line", "circle", "text", "polyline", "polygon", "title", "tspan"]);
const REFUSED = /^(on.*|style|src|srcdoc|srcset|action|formaction|xlink:href)$/i;

/** Make an element. `attributes`: null and false are left out, true is empty; `on` holds listeners. Children are elements or texts. */
export function el(name, attributes = {}, ...children) {
  const made = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (value !== null && value !== undefined && value !== false) set(made, key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false).map(node));
  return made;
}

function node(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

function set(element, key, value) {
  if (REFUSED.test(key) || (key === "href" && !value.startsWith("#/"))) throw new Error(`not an attribute for this page: ${key}`);
  element.setAttribute(key, value);
}

/** Put other children into an element; the one that has the focus keeps it where there is one of the same id. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false).map(node));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Write a text where another one stood; nothing is done where it is the same. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Say something to who hears the page. */
export function say(text) {
  write(document.getElementById("said"), text);
}

/** Foreign text: the browser may not let it turn the direction of what stands beside it. */
export function foreign(text, className = "") {
  return el("bdi", { class: className || null }, text);
}

/** What is said where there is nothing. */
export function empty(message, fix = "") {
  return el("p", { class: "empty" }, el("strong", {}, message), fix ? el("span", {}, fix) : null);
}
