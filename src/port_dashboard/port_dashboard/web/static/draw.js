// Small hands for the page: everything that comes from outside goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = { ok: "#s-ok", abnormal: "#s-abnormal", stop: "#s-stop", unknown: "#s-unknown", action: "#s-action" };

export const $ = (selector, root = document) => root.querySelector(selector);

/** An HTML element; `content` is text or a list of elements. */
export function make(tag, attributes = {}, content = "") {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (Array.isArray(content)) element.append(...content);
  else element.textContent = content;
  return element;
}

/** An SVG element. */
export function shape(tag, attributes = {}, content = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = content;
  return element;
}

/** The symbol of a status. */
export function symbol(status) {
  const svg = shape("svg", { class: "shape", "aria-hidden": "true" });
  svg.append(shape("use", { href: SHAPES[status] ?? SHAPES.unknown }));
  return svg;
}

/** Touch the page only where something changed: cheap, and kind to screen readers. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setStatus(element, status) {
  const known = status in SHAPES ? status : "unknown";
  for (const name of Object.keys(SHAPES)) element.classList.toggle(name, name === known);
  const use = $(":scope > .shape use", element);
  if (use && use.getAttribute("href") !== SHAPES[known]) use.setAttribute("href", SHAPES[known]);
}

const drawn = new WeakMap();

/** Rebuild the children of `parent` if what they show changed. */
export function setChildren(parent, values, build) {
  const now = JSON.stringify(values);
  if (drawn.get(parent) === now) return;
  drawn.set(parent, now);
  parent.replaceChildren(...values.map(build));
}

/** Remember how old a tile is now, and from which age on it must not be believed. */
export function setAge(element, ageMs, limitMs) {
  element.dataset.age = ageMs ?? "";
  element.dataset.limit = limitMs;
}
