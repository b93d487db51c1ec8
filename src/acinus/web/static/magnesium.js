// The magnesium view: months of food, supplement, kidney and drink, as curves that follow the settings.
import { Bench, find } from "./bench.js";
import { Chart, DAYS, ceiling, valueAt } from "./chart.js";
import { element, number, quantity, svg, units } from "./words.js";

const state = { time: null };
const bench = new Bench({
  path: "/api/v1/magnesium",
  question: (values) => values,
  words(values) {
    const salt = bench.form.chosen("salt");
    const extra = values.salt === "none" ? "no supplement" : `${quantity(values.supplement_mg_per_d, "mg/d")} ${salt}`;
    return `food ${quantity(values.food_mg_per_d, "mg/d")}, ${extra}, eGFR ${number(values.egfr_ml_per_min)}`;
  },
  draw,
  idle: (values) => (values.salt === "none" ? ["supplement_mg_per_d", "doses_per_d", "despite_low_egfr"] : []),
});

const charts = Object.fromEntries(
  [...document.querySelectorAll("[data-chart]")].map((host) => [
    host.dataset.chart,
    new Chart(host, { x: "time [d]", y: host.dataset.axis, steps: DAYS, onTime: setTime }),
  ]),
);

function setTime(time) {
  state.time = time;
  showTime();
}

function draw() {
  const { now, shown } = bench;
  const end = now.time_d.at(-1);
  for (const [name, chart] of Object.entries(charts)) {
    const levels = now.charts[name].levels.map((level) => ({ value: level.value, name: `${level.label} ${number(level.value)}` }));
    const curves = shown.flatMap((one, which) =>
      one.charts[name].curves.map((curve, index) => ({ time: one.time_d, values: curve.values, kind: `${which ? "kept" : "now"} shade-${index}` })),
    );
    const all = [...curves.flatMap((curve) => curve.values), ...levels.map((level) => level.value)].filter((value) => value !== null);
    const [least, most] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
    // What never comes near zero is not squeezed into the top of its chart; the axis says where it begins.
    const raised = chart.host.dataset.raised !== undefined;
    const room = 0.12 * (most - least) || 0.1 * most || 1;
    chart.draw({
      end, curves: curves.reverse(), levels,
      low: raised ? least - room : 0, high: raised ? most + room : ceiling(most * 1.05 || 1),
      words: `${now.charts[name].curves.map((curve) => `${curve.label}: from ${quantity(curve.values[0], curve.unit)} to ${quantity(curve.values.at(-1), curve.unit)}`).join("; ")}.`,
    });
  }
  if (state.time === null || state.time > end) state.time = end;
  drawFacts();
  showTime();
}

const reading = (result, id) => result.endpoints.find((one) => one.id === id);

function sentence(result) {
  if (!result.finished) return `The course could not be followed to its end: ${result.reason}`;
  const [serum, low, high, loose] = ["serum_magnesium_end", "time_low_magnesium", "time_high_magnesium", "time_loose_stool"].map((id) => reading(result, id));
  const first = quantity(result.charts.serum.curves[0].values[0], serum.unit);
  const words = [`Serum magnesium goes from ${first} to ${serum.text} in ${number(result.time_d.at(-1))} days.`];
  if (low.value > 0) words.push(`It is low for ${low.text}.`);
  if (high.value > 0) words.push(`It is too high for ${high.text}.`);
  if (loose.value > 0) words.push(`The stool is loose for ${loose.text}.`);
  return words.join(" ");
}

const SHOWN = ["serum_magnesium_end", "rbc_magnesium_end", "highest_magnesium_intake", "urine_magnesium_end", "most_stool", "time_loose_stool"];
const SHORT = { serum_magnesium_end: "Serum at the end", rbc_magnesium_end: "Red cells against normal", highest_magnesium_intake: "Most taken in a day", urine_magnesium_end: "Urine at the end", most_stool: "Most stool", time_loose_stool: "Time with loose stool" };

function drawFacts() {
  const { now, shown, kept } = bench;
  find("sentence").textContent = sentence(now);
  const value = (one) => element("dd", {}, number(one.value), " ", element("small", {}, units(one.unit)));
  find("facts").replaceChildren(...SHOWN.map((id) => element("div", { class: "fact" }, element("dt", {}, SHORT[id]), ...shown.map((one) => value(reading(one, id))))));
  find("model-notices").replaceChildren(...now.notices.map((text) => element("p", { class: "notice warn" }, text)));
  const swatch = (kind) => svg("svg", { viewBox: "0 0 28 10", "aria-hidden": "true" }, svg("line", { class: `swatch ${kind}`, x1: 1, x2: 27, y1: 5, y2: 5 }));
  find("settings-words").replaceChildren(...shown.map((_, index) => element("li", {}, swatch(index ? "kept" : "now"), index ? `kept: ${bench.keptWords}` : `now: ${bench.settingWords}`)));
  find("settings-words").hidden = shown.length < 2;
  find("kept-head").hidden = !kept;
  find("endpoints").replaceChildren(
    ...now.endpoints.map((one) =>
      element("tr", {}, element("th", { scope: "row" }, one.label), element("td", { class: "number" }, one.text), kept ? element("td", { class: "number" }, reading(kept, one.id).text) : null),
    ),
  );
  find("made-from").textContent = `model ${now.model_hash.slice(0, 12)}, request ${now.request_hash.slice(0, 12)}`;
  const glance = (name, text) => element("span", {}, name, element("b", {}, text));
  find("glance").replaceChildren(
    glance("serum", reading(now, "serum_magnesium_end").text),
    glance("red cells", reading(now, "rbc_magnesium_end").text),
    glance("most stool", reading(now, "most_stool").text),
  );
  find("glance").hidden = false;
}

function showTime() {
  const { shown } = bench;
  if (!shown.length) return;
  for (const [name, chart] of Object.entries(charts)) {
    chart.cursor(state.time);
    const names = chart.host.dataset.names.split(",");
    const words = (one) => one.charts[name].curves.map((curve, index) => (names[index] ? `${names[index]} ` : "") + quantity(valueAt(one.time_d, curve.values, state.time), curve.unit)).join(", ");
    const parts = [`day ${number(Math.round(state.time))}: `, element("b", { class: "of-now" }, words(shown[0]))];
    if (shown[1]) parts.push(" · kept: ", element("b", { class: "of-kept" }, words(shown[1])));
    find(`reading-${name}`).replaceChildren(...parts);
  }
}

find("glance").addEventListener("click", () => find("results").scrollIntoView());
bench.restore();
