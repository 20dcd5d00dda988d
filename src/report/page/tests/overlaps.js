// Texts that cover each other: in the drawing, of which the page knows where it has written, and among the
// labels of the page's own elements.
(() => {
  const apart = (a, b) => a[0] + a[2] <= b[0] + .5 || b[0] + b[2] <= a[0] + .5 || a[1] + a[3] <= b[1] + .5 || b[1] + b[3] <= a[1] + .5;
  const overlaps = labels => labels.flatMap((one, at) => labels.slice(at + 1)
    .filter(other => one.boxes.some(a => other.boxes.some(b => !apart(a, b))))
    .map(other => `${one.text} / ${other.text}`));
  netnsTest.visible();
  const drawn = netnsTest.texts().map(({ text, box, boxes }) => ({ text, boxes: boxes ?? [box] }));
  const elements = [...document.querySelectorAll("#lanes .host, #lanes #corner, #faults button, #faults h2, #reach td, #reach th, #reach figcaption, #filters label, #tools button")];
  const named = elements.filter(one => one.checkVisibility()).map(one => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return { text: one.textContent, boxes: [[left, top, width, height]] };
  });
  return { drawn: drawn.length, overlaps: [...overlaps(drawn), ...overlaps(named)] };
})()
