// The texts of the page, and the colours in which the drawing writes on each of its grounds, that have
// less contrast than asked for, as WCAG 2 counts it.
least => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (...layers) => {
    pen.clearRect(0, 0, 1, 1);
    for (const layer of layers) { pen.fillStyle = layer; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(value => value / 255).map(value => value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
  const faint = [];
  const check = (name, ink, ground) => {
    const found = contrast(over("white", ink), ground);
    if (!(found >= least)) faint.push(`${name}: ${found.toFixed(2)}`);
  };
  const style = getComputedStyle(document.documentElement), colour = name => style.getPropertyValue(`--${name}`).trim();
  for (const ink of ["syn", "data", "ack", "fin", "rst", "udp", "icmp", "arp", "other", "bad", "good", "claim", "fault", "fg", "dim"]) {
    check(ink, colour(ink), over(colour("bg")));
    check(`${ink} on a panel`, colour(ink), over(colour("panel")));
    check(`${ink} on a fault`, colour(ink), over(colour("bg"), colour("band")));
  }
  for (const state of ["estab", "syn", "end", "other"]) check(state, colour("state-text"), over(colour(`state-${state}`)));
  for (const one of document.querySelectorAll("body *")) {
    if (![...one.childNodes].some(child => child.nodeType === 3 && child.data.trim()) || !one.checkVisibility() || one.disabled) continue;
    const grounds = [];
    for (let at = one; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    check(`${one.tagName} ${one.id}`, getComputedStyle(one).color, over("white", ...grounds));
  }
  return faint;
}
