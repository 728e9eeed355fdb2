// The spectra of a cube, drawn from its numbers: point to read a channel, drag to look closer, double-click for all.
// Without script the pictures below show the same.
const SVG = "http://www.w3.org/2000/svg";
const WIDE = 960, HIGH = 230, LEFT = 88, RIGHT = 44, TOP = 20, BOTTOM = 40;
const place = document.querySelector("#spectra[data-from]");

function make(name, attributes, words) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  return made;
}

function ticks(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough * 0.999999);
  const found = [];
  for (let number = Math.ceil(low / step); number * step <= high + step * 1e-9; number += 1) found.push(number * step);
  return { found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

function words(value, digits) {
  if (value !== 0 && digits > 3 && Math.abs(value) < 0.01) return value.toExponential(2);
  return value.toFixed(Math.min(digits, 9));
}

function span(values, margin) {
  const there = values.filter((value) => value !== null);
  let low = there.reduce((a, b) => Math.min(a, b), Infinity), high = there.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(low <= high)) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  return [low - margin * (high - low), high + margin * (high - low)];
}

class Panel {
  constructor(values, name, unit) {
    Object.assign(this, { values, name, unit });
    this.svg = make("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${name} by channel` });
  }

  draw(axis, view, label) {
    const chosen = axis.map((x, channel) => (x >= view[0] && x <= view[1] ? this.values[channel] : null));
    const [low, high] = span(chosen, 0.06);
    this.x = (value) => LEFT + ((value - view[0]) / (view[1] - view[0])) * (WIDE - LEFT - RIGHT);
    this.y = (value) => HIGH - BOTTOM - ((value - low) / (high - low)) * (HIGH - TOP - BOTTOM);
    const across = ticks(view[0], view[1], 8), up = ticks(low, high, 5);
    const drawn = [];
    for (const value of across.found) {
      drawn.push(make("line", { class: "grid", x1: this.x(value), x2: this.x(value), y1: TOP, y2: HIGH - BOTTOM }));
      drawn.push(make("text", { x: this.x(value), y: HIGH - BOTTOM + 15, "text-anchor": "middle" }, words(value, across.digits)));
    }
    for (const value of up.found) {
      drawn.push(make("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: this.y(value), y2: this.y(value) }));
      drawn.push(make("text", { x: LEFT - 6, y: this.y(value) + 4, "text-anchor": "end" }, words(value, up.digits)));
    }
    drawn.push(make("path", { class: "curve", d: this.path(axis, chosen) }));
    drawn.push(make("rect", { class: "axis", x: LEFT, y: TOP, width: WIDE - LEFT - RIGHT, height: HIGH - TOP - BOTTOM }));
    drawn.push(make("text", { x: LEFT, y: TOP - 6 }, `${this.name} (${this.unit || "no unit"})`));
    drawn.push(make("text", { x: WIDE / 2, y: HIGH - 6, "text-anchor": "middle" }, label));
    this.mark = make("rect", { class: "chosen", y: TOP, height: HIGH - TOP - BOTTOM, x: 0, width: 0 });
    this.cursor = make("line", { class: "cursor", y1: TOP, y2: HIGH - BOTTOM, x1: -9, x2: -9 });
    this.svg.replaceChildren(...drawn, this.mark, this.cursor);
  }

  path(axis, values) {
    let pen = "M";
    return values.map((value, channel) => {
      if (value === null) { pen = "M"; return ""; }
      const step = `${pen}${this.x(axis[channel]).toFixed(2)} ${this.y(value).toFixed(2)}`;
      pen = "L";
      return step;
    }).join("");
  }

  at(event) {
    const box = this.svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, ((event.clientX - box.left) / box.width * WIDE - LEFT) / (WIDE - LEFT - RIGHT)));
  }
}

function show(told) {
  const peak = told.peak_by_channel, mean = told.mean_by_channel;
  if (!peak) return;
  const axis = told.frequency_ghz || peak.map((_, channel) => channel + 1);
  const label = told.frequency_ghz ? `frequency (GHz${told.frame ? `, ${told.frame}` : ""})` : "channel";
  const whole = span(axis, 0), said = document.createElement("output");
  const panels = [new Panel(peak, "peak", told.unit), new Panel(mean, "mean", told.unit)];
  let view = whole, from = null;
  const draw = () => panels.forEach((panel) => panel.draw(axis, view, label));
  const where = (panel, event) => view[0] + panel.at(event) * (view[1] - view[0]);
  const nearest = (value) => axis.reduce((best, x, channel) => (Math.abs(x - value) < Math.abs(axis[best] - value) ? channel : best), 0);
  const hint = "Point to read a channel, drag to look closer, double-click for all.";
  const read = (channel) => {
    const value = (values) => (values[channel] === null ? "no value" : `${Number(values[channel]).toPrecision(4)} ${told.unit || ""}`);
    const ghz = told.frequency_ghz ? `${axis[channel].toFixed(6)} GHz, ` : "";
    said.textContent = `${ghz}channel ${channel + 1}: peak ${value(peak)}, mean ${value(mean)}`;
  };
  for (const panel of panels) {
    panel.svg.addEventListener("pointermove", (event) => {
      const value = where(panel, event), channel = nearest(value);
      read(channel);
      for (const each of panels) {
        each.cursor.setAttribute("x1", each.x(axis[channel]));
        each.cursor.setAttribute("x2", each.x(axis[channel]));
        if (from !== null) {
          each.mark.setAttribute("x", Math.min(each.x(from), each.x(value)));
          each.mark.setAttribute("width", Math.abs(each.x(from) - each.x(value)));
        }
      }
    });
    panel.svg.addEventListener("pointerdown", (event) => { from = where(panel, event); });
    panel.svg.addEventListener("pointerup", (event) => {
      const to = where(panel, event);
      if (from !== null && Math.abs(to - from) > (view[1] - view[0]) / 100) {
        view = [Math.min(from, to), Math.max(from, to)];
        draw();
      }
      from = null;
    });
    panel.svg.addEventListener("pointerleave", () => { from = null; said.textContent = hint; });
    panel.svg.addEventListener("dblclick", () => { view = whole; draw(); });
  }
  said.textContent = hint;
  draw();
  place.append(...panels.map((panel) => panel.svg), said);
  place.hidden = false;
}

if (place) {
  fetch(place.dataset.from, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
    .then(show)
    .catch(() => {}); // the pictures stay
}
