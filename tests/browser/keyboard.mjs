// What a page is to somebody who has a keyboard alone: Tab leads to each thing that can be used, in the order in which the
// page is read, shows where it is, and lets go of it again.
import assert from "node:assert/strict";

/** Goes through the page as it stands, from its start to its end. */
export async function checkKeyboard(page) {
  const { wanted, stops } = await page.evaluate(startWalk);
  for (let presses = 0; presses < stops; presses++) await page.keyboard.press("Tab");
  const { walked, found } = await page.evaluate(endWalk);
  assert.deepEqual(walked, wanted, "Tab goes another way");
  assert.deepEqual(found, [], "by keyboard");
}

/** Runs in the page. Gives what Tab should lead to, and notes where it does. */
function startWalk() {
  const name = (element) => element.id || element.name || element.value || element.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const isFirstChoice = (radio) => {
    const group = [...radio.form.elements].filter(({ type, name }) => type === "radio" && name === radio.name);
    return radio === (group.find(({ checked }) => checked) ?? group[0]);
  };
  const tellsOf = (element) => `${element.localName} ${name(element)}`;
  const wanted = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((element) =>
    element.tabIndex >= 0 && !element.disabled && element.type !== "hidden" && isShown(element) && (element.type !== "radio" || isFirstChoice(element)));
  const walk = { walked: [], found: [] };
  const around = (element) => [element, element.closest("label, .card"), element.closest(".pick")?.querySelector(".btn")].filter(Boolean);
  const ring = (element) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && !/^rgba.*, 0\)$|\/ 0\)$/.test(outlineColor);
    return isSeen ? outlineWidth + outlineColor : "";
  };
  // From where the page begins.
  const start = document.createElement("span");
  start.tabIndex = -1;
  document.body.prepend(start);
  start.focus();
  start.remove();
  const before = new Map(wanted.flatMap(around).map((element) => [element, ring(element)]));
  let last;
  const look = () => {
    const element = document.activeElement;
    if (element === last || walk.walked.length === wanted.length) return;
    last = element;
    walk.walked.push(tellsOf(element));
    const say = (what) => walk.found.push(`${what}: ${tellsOf(element)}`);
    if (!element.matches(":focus-visible") || !around(element).some((one) => ring(one) && ring(one) !== before.get(one))) say("no focus shown");
    // The file field itself is hidden behind the button that stands for it.
    const seen = element.matches(".vh") ? around(element).at(-1) : element;
    const boxes = [...seen.getClientRects()];
    const isAt = (x, y) => {
      const top = document.elementFromPoint(x, y);
      return top && (seen.contains(top) || top.contains(seen) && top.matches("label, a, button"));
    };
    const isSeen = ({ left, top, right, bottom }) =>
      [0.1, 0.5, 0.9].some((across) => [0.1, 0.5, 0.9].some((down) => isAt(left + (right - left) * across, top + (bottom - top) * down)));
    if (!boxes.some(isSeen)) say("covered, or outside the window");
  };
  // The focus has moved and the page has scrolled to it by the time the key comes up.
  document.addEventListener("keyup", look, true);
  globalThis.endWalk = () => {
    document.removeEventListener("keyup", look, true);
    return walk;
  };
  // Day, month, year and calendar of a date are a stop each.
  const stops = wanted.length + 3 * wanted.filter(({ type }) => type === "date").length;
  return { wanted: wanted.map(tellsOf), stops };
}

/** Runs in the page. */
function endWalk() {
  return globalThis.endWalk();
}
