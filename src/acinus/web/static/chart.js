// One chart: curves over time, bands around them, reference lines, and a cursor that all charts of a page share.
// Drawn as SVG, so that colours come from the style sheet, in light and dark.
import { number, svg } from "./words.js";

const MARGIN = { top: 12, right: 16, bottom: 40, left: 60 };

// A top that does not jump with every move of a slider: the next of 1, 1.5, 2, 3, 5, 7 times a power of ten.
export function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 5, 7, 10].find((step) => step * power >= value * 0.9999) * power;
}

function linearTicks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough) * power;
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) ticks.push(Number(at.toPrecision(12)));
  return ticks;
}

// Between ticks of time there are so many hours, or days.
const HOURS = [1, 2, 4, 6, 12, 24, 48, 96, 168];
export const DAYS = [1, 2, 7, 14, 28, 56, 84, 112];

function timeTicks(end, width, steps) {
  const step = steps.find((one) => (end / one) * 46 <= width) ?? Math.ceil(end / 8);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => index * step);
}

function logTicks(low, high) {
  const ticks = [];
  const every = Math.log10(high / low) > 2.9 ? [1] : [1, 3];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
    for (const step of every) if (step * 10 ** power >= low * 0.999 && step * 10 ** power <= high * 1.001) ticks.push(step * 10 ** power);
  return ticks;
}

export class Chart {
  // `onTime(hours or null)` is called when a pointer asks for a time.
  constructor(host, { x, y, log = false, onTime = null, steps = HOURS }) {
    this.host = host;
    this.names = { x, y };
    this.log = log;
    this.steps = steps;
    this.content = null;
    this.at = null;
    this.back = svg("g");
    this.middle = svg("g");
    this.front = svg("g");
    this.root = svg("svg", { role: "img", "aria-label": y }, this.back, this.middle, this.front);
    host.replaceChildren(this.root);
    // The size is kept, because asking for it while one draws makes the browser lay out the page each time.
    this.size = null;
    new ResizeObserver(([{ contentRect }]) => {
      this.size = contentRect;
      this.#fit();
    }).observe(host);
    if (onTime) {
      const tell = (event) => {
        if (!this.content || !this.right) return;
        const share = (event.clientX - host.getBoundingClientRect().left - MARGIN.left) / (this.right - MARGIN.left);
        if (share >= -0.02 && share <= 1.02) onTime(Math.min(1, Math.max(0, share)) * this.content.end);
      };
      host.addEventListener("pointermove", tell);
      host.addEventListener("pointerdown", tell);
    }
  }

  // content: {end, low, high, curves: [{time, values, kind}], bands: [{time, low, high, kind}], references: [{points, name, kind}],
  //           levels: [{value, name}], shades: [{from, to, name}], words}
  draw(content) {
    this.content = content;
    this.#fit();
  }

  #fit() {
    if (!this.content || !this.size || this.size.width < 40) return;
    const { width, height } = this.size;
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.right = width - MARGIN.right;
    this.bottom = height - MARGIN.bottom;
    this.#frame();
    this.#fill();
    this.cursor(this.at);
  }

  x(time) {
    return MARGIN.left + (Math.min(time, this.content.end) / this.content.end) * (this.right - MARGIN.left);
  }

  y(value) {
    const { low, high } = this.content;
    const held = Math.min(Math.max(value, low), high);
    const share = this.log ? Math.log(held / low) / Math.log(high / low) : (held - low) / (high - low);
    return this.bottom - share * (this.bottom - MARGIN.top);
  }

  #frame() {
    const { end, low, high } = this.content;
    const parts = [];
    for (const tick of this.log ? logTicks(low, high) : linearTicks(low, high, 4)) {
      const y = this.y(tick).toFixed(1);
      parts.push(svg("line", { class: "grid", x1: MARGIN.left, x2: this.right, y1: y, y2: y }));
      parts.push(svg("text", { x: MARGIN.left - 8, y, dy: ".35em", "text-anchor": "end" }, number(tick)));
    }
    const ticks = timeTicks(end, this.right - MARGIN.left, this.steps);
    for (const tick of ticks) {
      const x = this.x(tick).toFixed(1);
      parts.push(svg("line", { class: "base", x1: x, x2: x, y1: this.bottom, y2: this.bottom + 4 }));
      parts.push(svg("text", { x, y: this.bottom + 17, "text-anchor": "middle" }, number(tick)));
    }
    parts.push(svg("line", { class: "base", x1: MARGIN.left, x2: this.right, y1: this.bottom, y2: this.bottom }));
    const middle = (MARGIN.top + this.bottom) / 2;
    parts.push(svg("text", { class: "axis-name", x: (MARGIN.left + this.right) / 2, y: this.bottom + 35, "text-anchor": "middle" }, this.names.x));
    parts.push(svg("text", { class: "axis-name", transform: `translate(13 ${middle}) rotate(-90)`, "text-anchor": "middle" }, this.names.y));
    this.back.replaceChildren(...parts);
  }

  #path(time, values, from = 0) {
    let text = "";
    for (let index = from; index < time.length; index += 1) {
      const value = values[index];
      if (value === null || (this.log && value <= 0)) continue;
      if (time[index] > this.content.end) break;
      text += `${text ? "L" : "M"}${this.x(time[index]).toFixed(1)} ${this.y(value).toFixed(1)}`;
    }
    return text;
  }

  #fill() {
    const { shades = [], bands = [], references = [], levels = [], curves = [], words } = this.content;
    const parts = [];
    for (const { from, to, name } of shades) {
      const x = this.x(from);
      parts.push(svg("rect", { class: "shade", x, y: MARGIN.top, width: Math.max(0, this.x(to) - x), height: this.bottom - MARGIN.top }));
      if (name) parts.push(svg("text", { class: "shade-name halo", x: x + 5, y: MARGIN.top + 10 }, name));
    }
    for (const { time, low, high, kind } of bands) {
      const upper = this.#path(time, high.map((value) => Math.max(value, this.content.low)));
      const lower = this.#path([...time], low.map((value) => Math.max(value, this.content.low)));
      const turned = lower.slice(1).split("L").reverse().join("L");
      parts.push(svg("path", { class: `band ${kind}`, d: `${upper}L${turned}Z` }));
    }
    for (const { value, name } of levels) {
      const y = this.y(value).toFixed(1);
      parts.push(svg("line", { class: "reference", x1: MARGIN.left, x2: this.right, y1: y, y2: y }));
      parts.push(svg("text", { class: "halo", x: this.right - 4, y: y - 5, "text-anchor": "end" }, name));
    }
    for (const { points, name, kind } of references) {
      const d = this.#path(points.map((point) => point[0]), points.map((point) => point[1]));
      parts.push(svg("path", { class: `reference ${kind}`, d }));
      const [time, value] = points.findLast((point) => point[0] <= this.content.end) ?? points[0];
      parts.push(svg("text", { class: "halo", x: this.x(time) + 3, y: this.y(value), dy: ".35em" }, name));
    }
    for (const { time, values, kind } of curves)
      parts.push(svg("path", { class: kind.startsWith("middle") ? kind : `curve ${kind}`, d: this.#path(time, values) }));
    this.middle.replaceChildren(...parts);
    if (words) this.root.setAttribute("aria-label", words);
  }

  // Show a time on every curve that has a dot; null hides it.
  cursor(time) {
    this.at = time;
    if (!this.content || time === null || !this.right || time > this.content.end) {
      this.front.replaceChildren();
      return;
    }
    const x = this.x(time).toFixed(1);
    const parts = [svg("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: this.bottom })];
    for (const { time: times, values, kind } of this.content.curves) {
      if (kind.startsWith("middle")) continue;
      const value = valueAt(times, values, time);
      if (value !== null && value >= this.content.low) parts.push(svg("circle", { class: `dot ${kind}`, cx: x, cy: this.y(value).toFixed(1), r: 4.5 }));
    }
    this.front.replaceChildren(...parts);
  }
}

// The value of a curve at a time, between its points along a straight line.
export function valueAt(time, values, at) {
  let high = time.findIndex((one) => one >= at);
  if (high < 0) high = time.length - 1;
  if (high === 0 || values[high] === null || values[high - 1] === null) return values[high];
  const share = (at - time[high - 1]) / (time[high] - time[high - 1]);
  return values[high - 1] + Math.min(1, Math.max(0, share)) * (values[high] - values[high - 1]);
}
