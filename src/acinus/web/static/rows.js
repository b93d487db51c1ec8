// Rows of intervals on one axis. A table beside them says the same to a screen reader.
import { element, number } from "./words.js";

const NICE = [1, 2, 5];

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const step of high / low > 100 ? [1] : NICE) if (step * 10 ** power >= low && step * 10 ** power <= high) ticks.push(step * 10 ** power);
  return ticks;
}

// rows: [{name, text, dot, spans: [{low, high, kind}]}]; values are shares of the axis' unit.
export function drawRows(host, rows, { low, high, log = false, unit = "" }) {
  const share = (value) => {
    const held = Math.min(high, Math.max(low, value));
    return 100 * (log ? Math.log(held / low) / Math.log(high / low) : (held - low) / (high - low));
  };
  const ticks = log ? logTicks(low, high) : [0, 0.25, 0.5, 0.75, 1].map((part) => low + part * (high - low));
  const place = (made, from, to = null) => {
    made.style.left = `${share(from)}%`;
    if (to !== null) made.style.width = `${Math.max(0.3, share(to) - share(from))}%`;
    return made;
  };
  const parts = rows.flatMap(({ name, text, dot, spans }) => [
    element("span", { class: "rows-name" }, name),
    element(
      "span",
      { class: "rows-track", "aria-hidden": "true" },
      ...ticks.map((tick) => place(element("i", { class: "rows-grid" }), tick)),
      ...spans.filter((span) => span.low !== null && span.high !== null).map((span) => place(element("i", { class: `rows-span ${span.kind}` }), span.low, span.high)),
      dot === null ? null : place(element("i", { class: "rows-dot" }), dot),
    ),
    element("span", { class: "rows-text number" }, text),
  ]);
  const axis = element("span", { class: "rows-axis", "aria-hidden": "true" }, ...ticks.map((tick) => place(element("i", {}, `${number(tick)}${unit}`), tick)));
  host.replaceChildren(...parts, element("span", {}), axis, element("span", {}));
}
