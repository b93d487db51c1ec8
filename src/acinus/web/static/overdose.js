// The overdose view: settings are asked of the server as they move, and what comes back is drawn.
import { Bench, find } from "./bench.js";
import { Chart, ceiling, valueAt } from "./chart.js";
import { Lobule, drawStrip } from "./lobule.js";
import { Notices } from "./notices.js";
import { Newest } from "./request.js";
import { element, hours, number, quantity, svg, units } from "./words.js";

const TIME = "time after the dose [h]";
const state = { band: null, bandFor: null, time: 24, playing: null };

// ---------------------------------------------------------------- what is asked

const bench = new Bench({
  path: "/api/v1/run",
  drafts: true,
  question: ({ population, ...others }) => others, // who the virtual people are is asked for the band only
  words(values) {
    const antidote = values.nac_regimen === "none" ? "no antidote" : `antidote at ${hours(values.nac_delay_h)}`;
    return `${quantity(values.dose_g, "g")}, ${quantity(values.weight_kg, "kg")}, ${antidote}`;
  },
  draw,
  answered(settled) {
    if (find("band").checked) askBand(settled);
  },
  idle: (values) => (values.nac_regimen === "none" ? ["nac_delay_h"] : []),
});

const bands = new Newest();
const bandNotices = new Notices(find("band-notices"));
let bandTimer = 0;

function askBand(settled) {
  clearTimeout(bandTimer);
  bandTimer = setTimeout(async () => {
    const begun = performance.now();
    const body = bench.asked;
    const { population } = bench.form.values();
    bandNotices.wait("Simulating the virtual adults…");
    try {
      const band = await bands.ask("/api/v1/band", { body: { ...body, population, n: Number(find("band").value), seed: 1 }, onWait: () => undefined });
      if (!band || !find("band").checked) return;
      Object.assign(state, { band, bandFor: JSON.stringify(body) });
      bandNotices.clear();
      bench.redraw();
      document.body.dataset.bandDrawn = String(Number(document.body.dataset.bandDrawn ?? 0) + 1);
      performance.measure("acinus-band", { start: begun, end: performance.now() });
    } catch (error) {
      bandNotices.failed(error, () => askBand(true));
    }
  }, settled ? 0 : 120);
}

// ---------------------------------------------------------------- what is drawn

const setTime = (time) => {
  state.time = Math.min(Math.max(0, time), bench.now?.time_h.at(-1) ?? time);
  showTime();
};

const charts = {
  level: new Chart(find("chart-level"), { x: TIME, y: "acetaminophen in plasma [mg/L]", log: true, onTime: setTime }),
  enzymes: new Chart(find("chart-enzymes"), { x: TIME, y: "ALT, AST in plasma [U/L]", log: true, onTime: setTime }),
  inr: new Chart(find("chart-inr"), { x: TIME, y: "INR [ratio]", onTime: setTime }),
  liver: new Chart(find("chart-liver"), { x: TIME, y: "of the start [%]", onTime: setTime }),
};

const mean = (zones) => zones[0].map((_, at) => zones.reduce((sum, zone) => sum + zone[at], 0) / zones.length);
const curve = (result, id) => result.curves[id];
const largest = (lists) => lists.reduce((top, list) => list.reduce((high, value) => (value > high ? value : high), top), 0);

function draw() {
  // A band belongs to the settings that it was asked for.
  if (state.band && state.bandFor !== JSON.stringify(bench.asked)) state.band = null;
  const { now, shown: both } = bench;
  const { band } = state;
  const end = now.time_h.at(-1);
  const shades = now.antidote_h.map(([from, to], index) => ({ from, to, name: index ? "" : "acetylcysteine" }));
  const curvesOf = (id, more = "") => both.map((one, index) => ({ time: one.time_h, values: curve(one, id).values, kind: `${index ? "kept" : "now"} ${more}`.trim() })).reverse();
  const bandsOf = (id) => {
    const found = band?.curves?.[id];
    if (!found) return { bands: [], middle: [] };
    return {
      bands: [
        { time: band.time_h, low: found.quantiles.p5, high: found.quantiles.p95, kind: "" },
        { time: band.time_h, low: found.quantiles.p25, high: found.quantiles.p75, kind: "inner" },
      ],
      middle: [{ time: band.time_h, values: found.quantiles.p50, kind: "middle" }],
    };
  };
  const topOf = (...ids) => largest([...both.flatMap((one) => ids.map((id) => curve(one, id).values)), ...ids.map((id) => band?.curves?.[id]?.quantiles.p95 ?? [])]);

  const level = bandsOf("apap_mg_pla");
  const lines = nomogramLines(now.nomogram);
  const levelTop = Math.max(topOf("apap_mg_pla"), ...lines.flatMap((line) => line.points.map((point) => point[1])));
  charts.level.draw({
    end: Math.min(end, 1.25 * now.nomogram.time_h.at(-1)), low: 2, high: ceiling(levelTop * 1.15), shades,
    bands: level.bands, references: lines, curves: [...level.middle, ...curvesOf("apap_mg_pla")],
    words: `Acetaminophen in plasma over time on the nomogram. ${sentence(now)}`,
  });

  const alt = bandsOf("alt_pla");
  charts.enzymes.draw({
    end, low: 10, high: Math.max(10000, 10 ** Math.ceil(Math.log10(topOf("alt_pla", "ast_pla") * 1.05))), shades, bands: alt.bands,
    curves: [...alt.middle, ...curvesOf("ast_pla", "second"), ...curvesOf("alt_pla")],
    words: `ALT and AST in plasma over time. ${peakWords(now, "alt_pla")} ${peakWords(now, "ast_pla")}`,
  });

  const inr = bandsOf("inr");
  charts.inr.draw({
    end, low: 0.5, high: ceiling(Math.max(3, topOf("inr") * 1.05)), shades, bands: inr.bands, curves: [...inr.middle, ...curvesOf("inr")],
    words: `INR over time. ${peakWords(now, "inr")}`,
  });

  const liver = both.flatMap((one, index) => [
    { time: one.time_h, values: mean(one.lobule.gsh_percent), kind: `${index ? "kept" : "now"} second` },
    { time: one.time_h, values: mean(one.lobule.living_percent), kind: index ? "kept" : "now" },
  ]);
  charts.liver.draw({
    end, low: 0, high: Math.max(100, Math.ceil(largest(liver.map((one) => one.values)) / 20) * 20), shades, curves: liver.reverse(),
    words: `Living cells and glutathione, mean of the zones, in percent of the start. ${liverWords(now)}`,
  });

  drawFacts();
  drawTable();
  drawLobules();
  drawZonesOverTime();
  drawBand();
  showTime();
}

function nomogramLines(nomogram) {
  if (!nomogram?.lines) return [];
  return Object.entries(nomogram.lines).map(([name, values]) => ({
    name,
    kind: Number(name) <= 150 ? "main" : "",
    points: nomogram.time_h.map((time, index) => [time, values[index]]),
  }));
}

function peak(result, id) {
  const values = curve(result, id).values;
  const at = values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
  return { value: values[at], time: result.time_h[at] };
}

function peakWords(result, id) {
  const { value, time } = peak(result, id);
  const { label, unit } = curve(result, id);
  return `${label} is highest, ${quantity(value, unit)}, at ${hours(time)}.`;
}

const lowest = (list) => list.reduce((least, value) => Math.min(least, value), Infinity);

function liverWords(result) {
  const living = lowest(mean(result.lobule.living_percent));
  const glutathione = lowest(mean(result.lobule.gsh_percent));
  return `Fewest living cells ${number(living)} %, lowest glutathione ${number(glutathione)} %.`;
}

const ending = (result, id) => result.endpoints.find((one) => one.id === id);

// What happened, in words, from what the server read off.
function sentence(result) {
  if (!result.finished) return `The course could not be followed to its end: ${result.reason}`;
  const level = ending(result, "apap_4h_equivalent");
  const line = ending(result, "nomogram_line");
  const dead = 100 - lowest(mean(result.lobule.living_percent));
  const words = [];
  if (level?.value > 0)
    words.push(`The level at 4 h, ${level.text}, lies ${line?.value > 0 ? `above the line of ${line.text}` : "below every line of the nomogram"}.`);
  const { value, time } = peak(result, "alt_pla");
  const glutathione = `Glutathione falls to ${number(Math.round(lowest(mean(result.lobule.gsh_percent))))} %`;
  if (dead < 0.5) words.push(`${glutathione}; hardly a liver cell dies, and ALT stays at or below ${quantity(value, "U/L")}.`);
  else words.push(`${glutathione}, ${number(Number(dead.toPrecision(2)))} % of the liver cells die, and ALT peaks at ${quantity(value, "U/L")}, ${hours(time)} after the dose.`);
  if (ending(result, "acute_liver_failure")?.value === 1) words.push("The liver fails.");
  if (ending(result, "transplant_free_survival")?.value === 0) words.push("Without a graft the person dies.");
  return words.join(" ");
}

function fact(name, ...values) {
  return element("div", { class: "fact" }, element("dt", {}, name), ...values.map((value) => element("dd", {}, value)));
}

function withUnit(value, unit, more = "") {
  return element("span", {}, number(value), " ", element("small", {}, units(unit), more ? element("span", { class: "when" }, ` ${more}`) : null));
}

function drawFacts() {
  const both = bench.shown;
  find("sentence").textContent = sentence(bench.now);
  const peaks = (id) => both.map((one) => {
    const found = peak(one, id);
    return withUnit(found.value, curve(one, id).unit, `at ${hours(found.time)}`);
  });
  find("facts").replaceChildren(
    fact("Highest plasma level", ...peaks("apap_mg_pla")),
    fact("Lowest glutathione", ...both.map((one) => withUnit(lowest(mean(one.lobule.gsh_percent)), "%", "of the start"))),
    fact("Fewest living cells", ...both.map((one) => withUnit(lowest(mean(one.lobule.living_percent)), "%", "of the start"))),
    fact("Highest ALT", ...peaks("alt_pla")),
    fact("Highest AST", ...peaks("ast_pla")),
    fact("Highest INR", ...peaks("inr")),
  );
  find("model-notices").replaceChildren(...bench.now.notices.map((one) => element("p", { class: "notice warn" }, one)));
  find("settings-words").replaceChildren(...both.map((_, index) => element("li", {}, swatch(index ? "kept" : "now"), index ? `kept: ${bench.keptWords}` : `now: ${bench.settingWords}`)));
  find("settings-words").hidden = both.length < 2;
  const glance = (name, value) => element("span", {}, name, element("b", {}, value));
  find("glance").replaceChildren(
    glance("glutathione", `${number(Math.round(lowest(mean(bench.now.lobule.gsh_percent))))} %`),
    glance("living cells", `${number(lowest(mean(bench.now.lobule.living_percent)))} %`),
    glance("ALT", quantity(peak(bench.now, "alt_pla").value, "U/L")),
    glance("INR", number(peak(bench.now, "inr").value)),
  );
  find("glance").hidden = false;
}

function swatch(kind) {
  return svg("svg", { viewBox: "0 0 28 10", "aria-hidden": "true", class: "chart-swatch" }, svg("line", { class: `swatch ${kind}`, x1: 1, x2: 27, y1: 5, y2: 5 }));
}

function drawTable() {
  const body = find("endpoints");
  const other = new Map((bench.kept?.endpoints ?? []).map((one) => [one.id, one]));
  const shown = (one) => (one ? one.text : "–");
  find("kept-head").hidden = !bench.kept;
  body.replaceChildren(
    ...bench.now.endpoints.map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, one.label),
        element("td", { class: "number" }, shown(one)),
        bench.kept ? element("td", { class: "number" }, shown(other.get(one.id))) : null,
      ),
    ),
  );
  find("made-from").textContent = `model ${bench.now.model_hash.slice(0, 12)}, request ${bench.now.request_hash.slice(0, 12)}`;
}

const lobules = [];

function drawLobules() {
  const wanted = bench.shown;
  const host = find("lobules");
  if (lobules.length !== wanted.length || lobules[0]?.zones !== bench.now.lobule.zones) {
    lobules.length = 0;
    host.replaceChildren();
    wanted.forEach((one, index) => {
      const figure = element("figure");
      const caption = element("figcaption");
      const picture = new Lobule(figure, one.lobule.zones, "a liver lobule");
      figure.append(caption);
      host.append(figure);
      lobules.push({ picture, caption, zones: one.lobule.zones, name: index ? "kept" : "now" });
    });
  }
}

const strip = find("strip");
function drawZonesOverTime() {
  drawStrip(strip, bench.now.time_h, bench.now.lobule.gsh_percent, bench.now.lobule.living_percent);
}

function drawBand() {
  const host = find("band-words");
  const band = state.band;
  host.hidden = !band;
  if (!band) return;
  const hurt = band.outcome;
  const percent = (value) => `${number(100 * value)} %`;
  const lost = band.n_failed ? `; ${band.n_failed} did not finish and are not counted` : "";
  host.textContent = `Of ${number(band.n_ok)} virtual adults with these settings ${percent(hurt.value)} have an ${hurt.label} (95 % interval of the draw ${percent(hurt.low)} to ${percent(hurt.high)}${lost}). Bands hold the middle 50 and 90 in 100; the dashed line is the median.`;
}

// ---------------------------------------------------------------- one time for everything

const scrub = find("time");
function showTime() {
  const { now, kept, shown } = bench;
  const { time } = state;
  if (!now) return;
  const end = now.time_h.at(-1);
  scrub.max = String(end);
  scrub.value = String(time);
  scrub.style.setProperty("--filled", `${((100 * time) / end).toFixed(2)}%`);
  scrub.setAttribute("aria-valuetext", `${number(time)} hours after the dose`);
  find("clock").textContent = hours(time);
  for (const chart of Object.values(charts)) chart.cursor(time);
  shown.forEach((one, index) => {
    const at = (zones) => zones.map((values) => valueAt(one.time_h, values, time));
    const glutathione = at(one.lobule.gsh_percent);
    const living = at(one.lobule.living_percent);
    const average = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const words = `living cells ${number(average(living))} %, glutathione ${number(average(glutathione))} % (central ${number(glutathione.at(-1))} %)`;
    const { picture, caption, name } = lobules[index];
    picture.show(glutathione, living, `Liver lobule at ${number(time)} hours: ${words}`);
    caption.replaceChildren(...(kept ? [element("b", {}, `${name}: `)] : []), words);
  });
  reading("level", [["apap_mg_pla", ""]], time);
  reading("enzymes", [["alt_pla", "ALT "], ["ast_pla", "AST "]], time);
  reading("inr", [["inr", "INR "]], time);
  const percents = (one) => `living ${number(valueAt(one.time_h, mean(one.lobule.living_percent), time))} %, glutathione ${number(valueAt(one.time_h, mean(one.lobule.gsh_percent), time))} %`;
  write("liver", percents);
}

function reading(name, ids, time) {
  write(name, (one) => ids.map(([id, label]) => `${label}${quantity(valueAt(one.time_h, curve(one, id).values, time), curve(one, id).unit)}`).join(", "));
}

function write(name, words) {
  const parts = [`at ${hours(state.time)}: `, element("b", { class: "of-now" }, words(bench.now))];
  if (bench.kept) parts.push(" · kept: ", element("b", { class: "of-kept" }, words(bench.kept)));
  find(`reading-${name}`).replaceChildren(...parts);
}

// ---------------------------------------------------------------- what the reader can do

scrub.addEventListener("input", () => {
  stop();
  setTime(Number(scrub.value));
});

const SECONDS = 9; // a whole course is played in so many
function stop() {
  cancelAnimationFrame(state.playing);
  state.playing = null;
  find("play").textContent = "Play";
}

function play() {
  const end = bench.now.time_h.at(-1);
  const from = state.time >= end - 0.01 ? 0 : state.time;
  const begun = performance.now();
  find("play").textContent = "Pause";
  const step = (now) => {
    const time = from + ((now - begun) / 1000 / SECONDS) * end;
    setTime(time);
    if (time >= end) stop();
    else state.playing = requestAnimationFrame(step);
  };
  state.playing = requestAnimationFrame(step);
}

find("play").addEventListener("click", () => (state.playing ? stop() : bench.now && play()));

find("band").addEventListener("change", () => {
  if (find("band").checked) {
    askBand(true);
  } else {
    clearTimeout(bandTimer);
    bands.drop();
    bandNotices.clear();
    state.band = null;
    bench.redraw();
  }
});

find("glance").addEventListener("click", () => find("results").scrollIntoView());

bench.restore();
