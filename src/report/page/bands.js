// Faults between two hosts: a band from lane to lane.

function drawBands() {
  data.faults.forEach((fault, number) => {
    if (fault.from_us == null) return;
    const lanes = fault.hosts.map(host => scene.lanes[host]).filter(lane => lane != null);
    const pieces = [];
    let from = fault.from_us;
    for (const [begin, end] of fault.suspended ?? []) {
      pieces.push([from, begin]);
      from = end;
    }
    pieces.push([from, fault.to_us ?? data.length_us]);
    const left = lanes.length ? Math.min(...lanes) : 0, right = lanes.length ? Math.max(...lanes) : scene.right;
    const margin = left === right ? Math.min(scene.spacing * .3, 60) : 0;
    for (const piece of pieces) drawBand(fault, number, left - margin, right + margin, ...piece);
  });
}

function drawBand(fault, number, left, right, from, to) {
  const top = Math.max(y(from), -10), bottom = Math.min(y(to), view.height + 10);
  if (bottom < 0 || top > view.height) return;
  const high = Math.max(bottom - top, 2);
  pen.fillStyle = fault.wire ? colour.wire : colour.band;
  pen.fillRect(left, top, right - left, high);
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, high);
  pen.clip();
  pen.strokeStyle = colour.hatch;
  pen.lineWidth = 1;
  pen.beginPath();
  // Stripes that move with the band, in another direction for every second fault. Those of a wire that
  // carries packets stand upright, and are broken.
  const slope = number % 2 ? -1 : 1, offset = ((y(from) % 16) + 16) % 16;
  if (fault.wire) pen.setLineDash([3, 7]);
  for (let x = left - high - 16; x < right + high + 16; x += 16) {
    const begin = fault.wire ? x : x + slope * offset;
    pen.moveTo(begin, fault.wire ? top - offset : top);
    pen.lineTo(fault.wire ? begin : begin - slope * high, top + high);
  }
  pen.globalAlpha = .5;
  pen.stroke();
  pen.restore();
  if (fault.wire) drawKind(fault.wire, left, right, top, high);
  pen.fillStyle = colour.fault;
  if (y(from) >= 0) pen.fillRect(left, top, right - left, 1.5);
  if (y(to) <= view.height && fault.to_us != null) pen.fillRect(left, bottom, right - left, 1.5);
  hits.push({ x: left, y: top, w: right - left, h: high, text: faultText(fault), faint: true });
}

// What the wire does, in its band, where there is room.
function drawKind(kind, left, right, top, high) {
  const text = clip(kind, right - left - 16);
  if (high < 18 || text.length < 3) return;
  const width = pen.measureText(text).width, x = (left + right) / 2, at = Math.max(top, 0) + 10;
  if (isTaken(x - width / 2, at - 7, width, 14)) return;
  take(x - width / 2, at - 7, width, 14);
  pen.fillStyle = colour.fault;
  pen.textAlign = "center";
  pen.fillText(text, x, at);
  kinds.push(text);
  texts.push({ text, box: [x - width / 2, at - 7, width, 14] });
}
