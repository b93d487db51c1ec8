// One liver lobule as cells around a central vein. Every zone has the same number of cells, as it has the same volume in the
// model, so that the share of cells shown dead is the share that died. Colour is glutathione; a hollow cell is a dead one.
import { valueAt } from "./chart.js";
import { svg } from "./words.js";

const RINGS = 11;
const PITCH = 9.6;
const RADIUS = PITCH / Math.sqrt(3);
const MIDDLE = 130;

// Warm where glutathione is gone, teal where it is full; the two ends differ for every kind of colour vision.
const RAMP = [
  [0, [201, 102, 26]],
  [0.5, [237, 217, 163]],
  [1, [23, 115, 110]],
];

function shade(share) {
  const held = Math.min(1, Math.max(0, share));
  const upper = RAMP.findIndex(([at]) => at >= held);
  const [[from, low], [to, high]] = upper > 0 ? [RAMP[upper - 1], RAMP[upper]] : [RAMP[0], RAMP[1]];
  const part = (held - from) / (to - from);
  return low.map((one, index) => Math.round(one + part * (high[index] - one)));
}

const colour = (share) => `rgb(${shade(share).join(" ")})`;

// Every zone over the whole course, portal on top: the colour of glutathione, fading where cells have died.
export function drawStrip(canvas, time, glutathione, living) {
  const columns = 240;
  const end = time.at(-1);
  canvas.width = columns;
  canvas.height = glutathione.length;
  const picture = new ImageData(columns, glutathione.length);
  for (let column = 0; column < columns; column += 1) {
    const at = (column / (columns - 1)) * end;
    for (let zone = 0; zone < glutathione.length; zone += 1) {
      const alive = Math.min(1, valueAt(time, living[zone], at) / 100);
      picture.data.set([...shade(valueAt(time, glutathione[zone], at) / 100), Math.round(255 * alive)], 4 * (zone * columns + column));
    }
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// The same threshold for a cell every time: golden-ratio steps spread the dead evenly over a zone.
const threshold = (index) => ((index + 1) * 0.6180339887) % 1;

function hexagon(cx, cy, radius) {
  const corner = (turn) => {
    const angle = ((60 * turn - 30) * Math.PI) / 180;
    return `${(cx + radius * Math.cos(angle)).toFixed(1)},${(cy + radius * Math.sin(angle)).toFixed(1)}`;
  };
  return [0, 1, 2, 3, 4, 5].map(corner).join(" ");
}

function places() {
  const found = [];
  for (let q = -RINGS; q <= RINGS; q += 1)
    for (let r = Math.max(-RINGS, -q - RINGS); r <= Math.min(RINGS, -q + RINGS); r += 1) {
      const ring = Math.max(Math.abs(q), Math.abs(r), Math.abs(q + r));
      if (ring < 2) continue; // the central vein
      // Sides of the lobule lie along rings; the distance is to them, so that zones are hexagons too.
      found.push({ x: MIDDLE + PITCH * (q + r / 2), y: MIDDLE + PITCH * r * (Math.sqrt(3) / 2), ring });
    }
  const turn = (place) => Math.atan2(place.y - MIDDLE, place.x - MIDDLE);
  return found.sort((one, other) => one.ring - other.ring || turn(one) - turn(other));
}

export class Lobule {
  constructor(host, zones, name) {
    this.zones = [];
    this.root = svg("svg", { class: "lobule", viewBox: "0 0 260 260", role: "img", "aria-label": name });
    const all = places();
    for (let zone = 0; zone < zones; zone += 1) {
      // Zone 0 is portal, at the rim; places are sorted from the middle.
      const from = Math.round(((zones - 1 - zone) * all.length) / zones);
      const to = Math.round(((zones - zone) * all.length) / zones);
      const cells = all.slice(from, to).map((place, index) => ({
        dead: false,
        at: threshold(index),
        shape: svg("polygon", { class: "cell", points: hexagon(place.x, place.y, RADIUS) }),
      }));
      const group = svg("g", {}, ...cells.map((cell) => cell.shape));
      this.zones.push({ group, cells });
      this.root.append(group);
    }
    this.root.append(svg("circle", { class: "vein", cx: MIDDLE, cy: MIDDLE, r: PITCH * 1.32 }));
    for (let turn = 0; turn < 6; turn += 1) {
      const angle = (60 * turn * Math.PI) / 180;
      const [x, y] = [MIDDLE + 119 * Math.cos(angle), MIDDLE + 119 * Math.sin(angle)];
      this.root.append(
        svg("circle", { class: "triad-vein", cx: x, cy: y - 1.6, r: 4.2 }),
        svg("circle", { class: "triad-artery", cx: x - 4, cy: y + 4, r: 2.1 }),
        svg("circle", { class: "triad-duct", cx: x + 4, cy: y + 4, r: 2.1 }),
      );
    }
    host.append(this.root);
  }

  // glutathione and living: percent, one number a zone, portal first.
  show(glutathione, living, words) {
    this.zones.forEach(({ group, cells }, zone) => {
      group.style.fill = colour(glutathione[zone] / 100);
      for (const cell of cells) {
        const dead = cell.at >= living[zone] / 100;
        if (dead === cell.dead) continue;
        cell.dead = dead;
        cell.shape.classList.toggle("dead", dead);
      }
    });
    this.root.setAttribute("aria-label", words);
  }
}
