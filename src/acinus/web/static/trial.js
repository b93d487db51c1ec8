// The trial view: arms side by side in the same virtual people, run as a job that the server keeps.
import { find } from "./bench.js";
import { JobFollower } from "./job.js";
import { drawRows } from "./rows.js";
import { SettingsForm } from "./settings_form.js";
import { element, number, quantity, units } from "./words.js";

const MOST_ARMS = 8;
const OPENING = [
  { dose_g: 30, nac_regimen: "none", nac_delay_h: 8 },
  { dose_g: 30, nac_regimen: "nac_three_bag_21h", nac_delay_h: 8 },
  { dose_g: 30, nac_regimen: "nac_three_bag_21h", nac_delay_h: 16 },
];
const form = new SettingsForm(document.querySelector("[data-settings]"), () => {
  remember();
  say();
});
const OF_ALL = ["trial", "people", "seed"]; // what a trial that ships leaves to choose
let arms = OPENING.map((arm) => ({ ...arm }));

const job = new JobFollower({ counted: "people", body, changed: remember, draw });

// ---------------------------------------------------------------- arms

const regimenWords = (value) => [...find("arm").content.querySelector("select").options].find((one) => one.value === value)?.textContent ?? value;

function armWords(arm) {
  const antidote = arm.nac_regimen === "none" ? "no antidote" : `${regimenWords(arm.nac_regimen)} from ${number(arm.nac_delay_h)}\u00a0h`;
  return `${quantity(arm.dose_g, "g")}, ${antidote}`;
}

function drawArms() {
  find("arms").replaceChildren(
    ...arms.map((arm, index) => {
      const made = find("arm").content.cloneNode(true);
      made.querySelector(".arm-name").textContent = `Arm ${index + 1}`;
      for (const input of made.querySelectorAll("[data-arm]")) {
        const key = input.dataset.arm;
        if (key === "remove") {
          input.setAttribute("aria-label", `Remove arm ${index + 1}`);
          input.disabled = arms.length < 2;
          input.addEventListener("click", () => {
            arms.splice(index, 1);
            changed();
            find("add").focus();
          });
          continue;
        }
        input.value = arm[key];
        if (key === "nac_delay_h") input.disabled = arm.nac_regimen === "none";
        input.addEventListener("change", () => {
          if (input.type === "number" && !input.checkValidity()) {
            input.setAttribute("aria-invalid", "true");
            return;
          }
          input.removeAttribute("aria-invalid");
          arm[key] = input.type === "number" ? Number(input.value) : input.value;
          const delay = input.closest(".arm").querySelector('[data-arm="nac_delay_h"]');
          delay.disabled = arm.nac_regimen === "none";
          remember();
          say();
        });
      }
      return made;
    }),
  );
  find("add").disabled = arms.length >= MOST_ARMS;
}

function changed() {
  drawArms();
  remember();
  say();
}

function say() {
  const { people, trial } = form.values();
  const own = trial === "own";
  for (const field of form.fields) form.idle(field.id, !own && !OF_ALL.includes(field.id));
  find("arms").hidden = find("add").hidden = !own;
  find("arms-title").textContent = own ? "Arms" : form.chosen("trial");
  if (!own) {
    find("size").textContent = `${number(people)} people are screened; arms and rule of entry are those of the trial`;
    return;
  }
  find("size").textContent = `${number(people)} people under ${arms.length} ${arms.length === 1 ? "arm" : "arms"}`;
}

// ---------------------------------------------------------------- the address

function remember() {
  const kept = new URLSearchParams(form.toHash());
  kept.set("arms", JSON.stringify(arms.map((arm) => [arm.dose_g, arm.nac_regimen, arm.nac_delay_h])));
  if (job.id) kept.set("job", job.id);
  history.replaceState(null, "", `#${kept}`);
}

function restore() {
  const given = new URLSearchParams(location.hash.slice(1));
  form.fromHash(location.hash.slice(1));
  const known = new Set([...find("arm").content.querySelectorAll("option")].map((one) => one.value));
  try {
    const read = JSON.parse(given.get("arms") ?? "null");
    if (Array.isArray(read) && read.length && read.length <= MOST_ARMS && read.every(([dose, regimen, delay]) => Number.isFinite(dose) && known.has(regimen) && Number.isFinite(delay)))
      arms = read.map(([dose_g, nac_regimen, nac_delay_h]) => ({ dose_g, nac_regimen, nac_delay_h }));
  } catch {
    // an address that was cut off: the opening arms stay
  }
  drawArms();
  say();
  job.restore(given.get("job"));
}

// ---------------------------------------------------------------- the job

function body() {
  if (!form.valid || document.querySelector('.arm [aria-invalid="true"]')) return null;
  const { trial, people, seed, population, ...others } = form.values();
  if (trial !== "own") return { kind: "trial", trial, people, seed };
  const named = arms.map((arm, index) => [`arm_${index + 1}`, { ...others, ...arm }]);
  return { kind: "population", people, seed, population, arms: Object.fromEntries(named) };
}

// ---------------------------------------------------------------- results

const percent = (value) => (value === null ? "–" : `${number(100 * value)}\u00a0%`);

function draw(result) {
  const shipped = result.kind === "trial";
  find("shipped").hidden = !shipped;
  find("own-shares").hidden = find("own-peaks").hidden = shipped;
  if (shipped) drawShipped(result);
  else drawOwn(result);
}

// A trial that ships says more of itself than fits here: its own figure, and shares and numbers as a table.
function drawShipped(result) {
  const { screened } = result;
  find("shipped-title").textContent = result.title;
  find("shipped-words").textContent = `${number(screened.n_in)} were screened, ${number(screened.n_entered)} entered, ${number(screened.n_failed)} did not finish.`;
  find("shipped-note").textContent = [result.note, ...result.notes].join(" ");
  find("picture").src = `/api/v1/jobs/${result.id}/result.png`;
  const ids = Object.keys(result.arms);
  const words = (one) => {
    if (!one) return "–";
    if (one.events !== undefined) return `${percent(one.value)} (${percent(one.low)} to ${percent(one.high)})`;
    return one.n ? `${number(one.median)} (${number(one.low)} to ${number(one.high)}), ${number(one.n)} people` : "–";
  };
  const line = (list, measured) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, result.titles[measured] ?? measured),
      ...ids.map((arm) => element("td", { class: "number left" }, words(list.find((one) => one.measured === measured && one.arm === arm)))),
      element("td", { class: "number left" }, result.published.filter((one) => one.measured === measured).map((one) => `${result.arms[one.arm]?.title ?? one.arm}: ${one.of ? `${one.events} of ${one.of}` : number(one.value)}`).join("; ") || "–"),
      element("td", { class: "unit-cell" }, units(list.find((one) => one.measured === measured)?.unit ?? "share")),
    );
  const measured = (list) => [...new Set(list.map((one) => one.measured))];
  const heads = ["measured", ...ids.map((arm) => result.arms[arm].title), "published", "unit"];
  find("table").replaceChildren(
    element("caption", {}, "Share (95 % interval), or median (5 to 95 in 100)."),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...measured(result.shares).map((one) => line(result.shares, one)), ...measured(result.numbers).map((one) => line(result.numbers, one))),
  );
  find("made-from").textContent = `model ${Object.values(result.model)[0].slice(0, 12)}, ${result.population}, draw ${result.seed}`;
}

function drawOwn(result) {
  // Names of arms come from what was run, not from what the form says by now.
  const settings = arms.length === result.arms.length ? arms : null;
  const names = result.arms.map((one, index) => (settings ? armWords(settings[index]) : one.arm));
  const reading = (arm, key) => arm.endpoints.find((one) => one.id === key);

  const hurt = result.arms.map((arm) => reading(arm, "hepatotoxicity"));
  find("share-title").textContent = `Share with ${hurt[0]?.label ?? "injury"}`;
  const most = Math.max(0.1, ...hurt.map((one) => one?.high ?? 0));
  const top = [0.1, 0.2, 0.4, 0.6, 0.8, 1].find((one) => one >= most) ?? 1;
  drawRows(
    find("shares"),
    hurt.map((one, index) => ({
      name: names[index],
      text: one && one.share !== null ? `${percent(one.share)} (${percent(one.low)} to ${percent(one.high)})` : "–",
      dot: one?.share === null || !one ? null : 100 * one.share,
      spans: one && one.share !== null ? [{ low: 100 * one.low, high: 100 * one.high, kind: "thin" }] : [],
    })),
    { low: 0, high: 100 * top, unit: "\u00a0%" },
  );

  const peaks = result.arms.map((arm) => reading(arm, "peak_alt"));
  const values = peaks.flatMap((one) => Object.values(one?.quantiles ?? {})).filter((value) => value > 0);
  find("peak-title").textContent = `${peaks[0]?.label ?? "Peak ALT"} [${peaks[0]?.unit ?? ""}]`;
  drawRows(
    find("peaks"),
    peaks.map((one, index) => {
      const at = one?.quantiles ?? {};
      return {
        name: names[index],
        text: `${number(at.p50)} (${number(at.p5)} to ${number(at.p95)})`,
        dot: at.p50 ?? null,
        spans: [{ low: at.p5 ?? null, high: at.p95 ?? null, kind: "thin" }, { low: at.p25 ?? null, high: at.p75 ?? null, kind: "broad" }],
      };
    }),
    { low: Math.min(10, ...values), high: Math.max(1000, ...values), log: true },
  );

  const cell = (one) => {
    if (!one || !one.n_defined) return "–";
    return one.quantiles ? `${number(one.quantiles.p50)} (${number(one.quantiles.p5)} to ${number(one.quantiles.p95)})` : `${percent(one.share)} (${percent(one.low)} to ${percent(one.high)})`;
  };
  const head = element("tr", {}, element("th", { scope: "col" }, "endpoint"), ...names.map((name) => element("th", { scope: "col" }, name)), element("th", { scope: "col" }, "unit"));
  const counts = element("tr", {}, element("th", { scope: "row" }, "finished, of those simulated"), ...result.arms.map((arm) => element("td", { class: "number left" }, `${number(arm.n_ok)} of ${number(arm.n_in)}`)), element("td", {}));
  const rows = result.arms[0].endpoints.map((one) =>
    element("tr", {}, element("th", { scope: "row" }, one.label), ...result.arms.map((arm) => element("td", { class: "number left" }, cell(reading(arm, one.id)))), element("td", { class: "unit-cell" }, one.quantiles ? units(one.unit) : "share")),
  );
  find("table").replaceChildren(
    element("caption", {}, "Median (5 to 95 in 100), or share (exact 95 % interval)."),
    element("thead", {}, head),
    element("tbody", {}, counts, ...rows),
  );
  find("made-from").textContent = `model ${result.model_hash.slice(0, 12)}, ${result.engine}`;
}

find("add").addEventListener("click", () => {
  arms.push({ ...arms.at(-1) });
  changed();
  find("arms").lastElementChild.querySelector("input").focus();
});
window.addEventListener("hashchange", restore);
if (matchMedia("(max-width: 61.99rem)").matches) for (const group of document.querySelectorAll("[data-fold]")) group.open = false;
restore();
