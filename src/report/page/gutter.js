// The gutter: the time of each row, claims on the axis of time, and the strips of faults.

function drawGutter(stretch) {
  side.fillStyle = colour.dim;
  side.textAlign = "right";
  const right = scene.gutter - 10 - 14 * claims.columns - STRIP * strips.columns;
  if (view.linear) ticksToScale(right, stretch);
  else ticksByRow(right, stretch);
  for (const interval of claims.intervals) {
    if (interval.to >= stretch.from && interval.from <= stretch.to) drawClaim(interval, right + 14 + 14 * interval.column);
  }
  drawStrips(right + 7 + 14 * claims.columns + 1);
  side.fillStyle = colour.line;
  side.fillRect(scene.gutter - 1, 0, 1, view.height);
}

function ticksToScale(right, stretch) {
  const step = niceStep(Math.max(44 / view.scale, 1));
  const decimals = Math.min(Math.max(Math.ceil(6 - Math.log10(step)), 0), 6);
  for (let t = Math.ceil(stretch.from / step) * step; t <= stretch.to; t += step) {
    side.fillText(clock(t, decimals), right, y(t));
    side.fillRect(scene.gutter - 5, y(t), 4, 1);
  }
}

// A time for each row where there is room, and how long it was idle in between.
function ticksByRow(right, stretch) {
  let free = -Infinity;
  const tick = (t, apart) => {
    const at = y(t);
    if (at < free || at < 5 || at > view.height - 4) return;
    side.fillText(clock(t, scene.digits), right, at);
    free = at + apart;
  };
  if (stretch.last - stretch.first > view.height / 8) {
    for (let at = TOP; at < view.height; at += 40) tick(timeAt(at), 30);
    return;
  }
  const rows = momentsIn(stretch).filter(moment => moment.note || moment.event).map(moment => moment.t);
  for (let k = stretch.first; k < stretch.last; k++) rows.push(p.t[chosen.list[k]]);
  rows.sort((a, b) => a - b).forEach(t => tick(t, 13));
  drawIdle(right, stretch);
}

function drawIdle(right, stretch) {
  side.fillStyle = colour.dim;
  const first = lowerBound(axis.gaps.length, k => axis.gaps[k].to, stretch.from);
  for (let k = first; k < axis.gaps.length && axis.gaps[k].from < stretch.to; k++) {
    const { from, to } = axis.gaps[k], top = y(from), bottom = y(to);
    if (bottom - top < 27) continue;
    side.font = `italic ${FONT}`;
    side.fillText(`⋮ ${span(to - from)}`, right, (top + bottom) / 2);
    side.font = FONT;
  }
}

function drawClaim({ claim, from, end }, x) {
  const clamp = value => Math.min(Math.max(value, -20), view.height + 20);
  const top = clamp(y(from)), bottom = clamp(y(end));
  if (claim.latest_us != null) {
    const begin = clamp(y(claim.earliest_us ?? from)), limit = clamp(y(Math.min(claim.latest_us, data.length_us)));
    side.fillStyle = colour.window;
    side.fillRect(x - 4, begin, 8, Math.max(Math.min(limit, bottom) - begin, 0));
    // What was left of it when the claim had ended.
    side.fillRect(x - .5, bottom, 1, Math.max(limit - bottom, 0));
    side.fillStyle = colour.claim;
    if (claim.earliest_us != null) side.fillRect(x - 5, begin - .5, 10, 1.5);
    if (claim.latest_us <= data.length_us) side.fillRect(x - 4, limit - .5, 8, 1.5);
  }
  const ink = { met: colour.good, failed: colour.bad }[claim.outcome] ?? colour.claim;
  side.strokeStyle = ink;
  side.lineWidth = 2;
  side.setLineDash(claim.outcome === "pending" ? [3, 3] : []);
  side.beginPath();
  side.moveTo(x, top);
  side.lineTo(x, bottom);
  side.stroke();
  side.setLineDash([]);
  side.fillStyle = colour.bg;
  side.beginPath();
  side.arc(x, top, 3, 0, 7);
  side.fill();
  side.stroke();
  if (claim.outcome === "pending") return;
  side.fillStyle = ink;
  side.beginPath();
  side.arc(x, bottom, 6, 0, 7);
  side.fill();
  side.strokeStyle = colour.bg;
  side.lineWidth = 1.6;
  side.beginPath();
  const stroke = claim.outcome === "met" ? [[-3, 0, -1, 2.5], [-1, 2.5, 3, -2.5]] : [[-2.5, -2.5, 2.5, 2.5], [2.5, -2.5, -2.5, 2.5]];
  for (const [x0, y0, x1, y1] of stroke) {
    side.moveTo(x + x0, bottom + y0);
    side.lineTo(x + x1, bottom + y1);
  }
  side.stroke();
}
