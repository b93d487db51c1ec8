// How numbers are written: as many digits as can be meant, a thin space between thousands, never scientific notation.

export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size)));
  const text = size >= 1000 ? Number(value.toPrecision(3)).toFixed(0) : value.toFixed(digits);
  const trimmed = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return trimmed.replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, "\u2009").replace(/^-/, "\u2212");
}

export const units = (unit) => (unit === "dimensionless" || unit === "1" ? "" : unit.replace("percent", "%"));

export function quantity(value, unit) {
  const name = units(unit ?? "");
  return name ? `${number(value)}\u00a0${name}` : number(value);
}

export function hours(time) {
  return `${Number(time.toFixed(1))}\u00a0h`;
}

// Elements without any HTML in text: what comes from the server is only ever set as text.
const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}
