// The strip at the right: the whole test at once, and which part of it is drawn.

const overview = $("overview"), strip = overview.getContext("2d");
let background = null;

function overviewWidth() {
  return $("diagram").clientWidth < 560 ? 26 : 46;
}

function overviewHeight() {
  return $("scroll").clientHeight;
}

function overviewY(u, high) {
  return 3 + u / axis.total * (high - 6);
}

// What does not change with the view is drawn once.
function paintBackground() {
  const wide = overviewWidth(), high = overviewHeight(), bins = new Uint32Array(high + 1), lost = new Uint32Array(high + 1);
  const left = 6 + 4 * Math.max(strips.columns - 1, 0);
  let most = 1;
  for (let k = 0; k < departs.length; k++) {
    const bin = Math.floor(overviewY(departs[k], high) / 2);
    most = Math.max(most, ++bins[bin]);
    lost[bin] += p.dropped[chosen.list[k]];
  }
  background = document.createElement("canvas");
  const context = background.getContext("2d");
  sizeCanvas(background, context, wide, high);
  for (const { entry, from, to, column } of strips.intervals) {
    context.fillStyle = patternOf(entry) === "wire" ? colour.claim : colour.fault;
    context.fillRect(column * 4, overviewY(axis.u(from), high), 3, Math.max(overviewY(axis.u(to), high) - overviewY(axis.u(from), high), 2));
  }
  for (const fault of areMany() ? [] : data.faults) {
    if (fault.from_us == null) continue;
    const top = overviewY(axis.u(fault.from_us), high), bottom = overviewY(axis.u(fault.to_us ?? data.length_us), high);
    context.fillStyle = colour.band;
    context.fillRect(0, top, wide, Math.max(bottom - top, 2));
    context.fillStyle = colour.fault;
    context.fillRect(0, top, 3, Math.max(bottom - top, 2));
  }
  for (let bin = 0; bin <= high / 2; bin++) {
    if (!bins[bin]) continue;
    const long = Math.max((wide - left - 6) * Math.sqrt(bins[bin] / most), 2), red = lost[bin] ? Math.max(long * lost[bin] / bins[bin], 3) : 0;
    context.fillStyle = colour.dim;
    context.fillRect(left, bin * 2, long - red, 1.5);
    context.fillStyle = colour.bad;
    context.fillRect(left + long - red, bin * 2, red, 1.5);
  }
  for (const moment of moments.filter(moment => moment.what === "bad" || moment.what === "mark")) {
    context.fillStyle = moment.what === "bad" ? colour.bad : colour.fg;
    context.fillRect(0, overviewY(axis.u(moment.t), high) - .5, wide, moment.failure ? 2 : 1);
  }
}

function drawOverview() {
  const wide = overviewWidth(), high = overviewHeight();
  if (!background) paintBackground();
  sizeCanvas(overview, strip, wide, high);
  strip.drawImage(background, 0, 0, wide, high);
  const top = overviewY(view.top, high), bottom = overviewY(Math.min(view.top + view.height / view.scale, axis.total), high);
  strip.strokeStyle = colour.claim;
  strip.lineWidth = 2;
  strip.strokeRect(1, top, wide - 2, Math.max(bottom - top, 5));
}

function goToOverview(event) {
  const part = (event.clientY - overview.getBoundingClientRect().top - 3) / (overviewHeight() - 6);
  view.top = part * axis.total - view.height / view.scale / 2;
  redraw();
}
