// How pages stand what people do to them: zoom to 400 %, text set wider (WCAG 2.2, 1.4.10 and 1.4.12), and forced colours.
import assert from "node:assert/strict";

/** A window of 1280 by 900 pixels, at 400 %. */
export const zoomed = { width: 320, height: 225 };

/** The least that text has to stand being set apart, in a style sheet that no Content-Security-Policy sees. */
const spacing = `
  * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
  p { margin-block-end: 2em !important; }
`;

/** Nothing cut off, spilt over or covered, as the page stands and with its text set wider. */
export async function checkZoomed(page) {
  await page.setViewportSize(zoomed);
  assert.deepEqual(await page.evaluate(findMisplaced), [], "at 400 %");
  await page.evaluate((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  }, spacing);
  const found = await page.evaluate(findMisplaced);
  await page.evaluate(() => {
    document.adoptedStyleSheets = [];
  });
  assert.deepEqual(found, [], "at 400 % with text set wider");
}

/** Runs in the page. Texts and controls that stand where nobody can read or reach them. */
function findMisplaced() {
  const found = [];
  const things = [];
  const style = (element) => getComputedStyle(element);
  const isScroller = (value) => value === "auto" || value === "scroll";
  const isRead = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.closest(".vh, .skip, svg, option") &&
    style(element).clipPath === "none";
  /** What shows of it: a long name may end in dots. */
  const shown = ({ left, top, right, bottom }, element) => {
    const cut = [];
    for (let box = element; box; box = box.parentElement) if (style(box).textOverflow === "ellipsis") cut.push(box.getBoundingClientRect().right);
    return { left, top, right: Math.min(right, ...cut), bottom };
  };
  const add = (element, rects, name) => {
    for (const rect of rects) if (rect.width > 0 && rect.height > 0) things.push({ element, rect: shown(rect, element), name });
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!data.trim() || !isRead(parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    add(parentElement, range.getClientRects(), `“${data.trim().slice(0, 40)}”`);
  }
  for (const control of document.querySelectorAll("input, select, textarea, progress")) {
    if (isRead(control)) add(control, [control.getBoundingClientRect()], control.name || control.localName);
  }

  const say = (what, { name, element, rect }) =>
    found.push(`${what}: ${name} in ${element.localName}.${element.className} at ${[rect.left, rect.top, rect.right, rect.bottom].map(Math.round)}`);
  const { clientWidth, clientHeight } = document.documentElement;
  for (const thing of things) {
    const { element, rect } = thing;
    let isScrolled = false;
    let isInBox = true;
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const { overflowX, overflowY, textOverflow, display, position, backgroundColor, borderInlineStartStyle } = style(box);
      if (isScroller(overflowX) || isScroller(overflowY)) isScrolled = true;
      if (isScrolled || textOverflow === "ellipsis") continue;
      const edge = box.getBoundingClientRect();
      const isOutside = rect.left < edge.left - 2 || rect.right > edge.right + 2 || rect.top < edge.top - 2 || rect.bottom > edge.bottom + 2;
      if (overflowX !== "visible" && isOutside) say("cut off", thing);
      const isDrawn = backgroundColor !== "rgba(0, 0, 0, 0)" || borderInlineStartStyle !== "none";
      if (isInBox && isDrawn && !display.startsWith("inline ") && display !== "inline") {
        isInBox = false;
        if (isOutside) say("spilt over its box", thing);
      }
      if (position === "fixed" && rect.bottom > clientHeight + 1) say("below the window", thing);
    }
    if (!isScrolled && (rect.left < -1 || rect.right > clientWidth + 1)) say("beside the window", thing);
  }

  const layer = (element) => element.closest("[popover]");
  const overlay = (element) => element.closest(".reveal");
  for (const [index, one] of things.entries()) {
    for (const other of things.slice(index + 1)) {
      if (one.element.contains(other.element) || other.element.contains(one.element) || layer(one.element) !== layer(other.element)) continue;
      if (overlay(one.element) && overlay(one.element) === overlay(other.element)) continue;
      const wide = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      const high = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top);
      if (wide > 2 && high > 4) say(`covered by ${other.name}`, one);
    }
  }
  return found;
}

/** Each control has an edge, what is current a mark, and the focus a ring, where colours are the person's own. */
export async function checkForcedColours(page) {
  await page.emulateMedia({ forcedColors: "active" });
  assert.ok(await page.evaluate(areColoursForced), "the browser forces no colours");
  const found = await page.evaluate(findUnseen);
  await page.emulateMedia({ forcedColors: null });
  assert.deepEqual(found, [], "with forced colours");
}

/** Runs in the page: whether a colour of a style sheet gives way to a colour of the person's. */
function areColoursForced() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("html { color: rgb(1, 2, 3) !important; }");
  document.adoptedStyleSheets = [sheet];
  const { color } = getComputedStyle(document.documentElement);
  document.adoptedStyleSheets = [];
  return color !== "rgb(1, 2, 3)";
}

/** Runs in the page. */
function findUnseen() {
  const found = [];
  const style = (element) => getComputedStyle(element);
  const isClear = (colour) => /^rgba.*, 0\)$|\/ 0\)$|^transparent$/.test(colour);
  const backdrop = (element) => {
    for (let box = element; box; box = box.parentElement) if (!isClear(style(box).backgroundColor)) return style(box).backgroundColor;
    return "rgb(255, 255, 255)";
  };
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".vh");
  const say = (what, element) => found.push(`${what}: ${element.localName}.${element.className} ${element.name ?? ""} “${element.textContent.trim().slice(0, 30)}”`);
  const sides = ["Top", "Right", "Bottom", "Left"];
  const isEdged = (element) => {
    const of = style(element);
    const behind = backdrop(element.parentElement);
    const seen = sides.filter((side) => of[`border${side}Style`] !== "none" && Number.parseFloat(of[`border${side}Width`]) > 0 && of[`border${side}Color`] !== behind);
    return seen.length >= 3;
  };
  const ring = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = style(element);
    const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && outlineColor !== backdrop(element.parentElement);
    return isSeen ? `${outlineWidth} ${outlineColor} ${outlineOffset}` : "";
  };

  const native = "[type=checkbox], [type=radio], [type=range], [type=hidden]";
  for (const control of document.querySelectorAll("button, input, select, textarea, .btn, .segment")) {
    if (!isShown(control) || control.matches(native) || isEdged(control)) continue;
    // A menu has an edge around all of it.
    if (!control.closest("[popover]")) say("no edge", control);
  }
  for (const current of document.querySelectorAll("a[aria-current], [aria-current]")) {
    if (!isShown(current)) continue;
    const other = [...current.closest("nav, ul, div").querySelectorAll("a, li > *")].find((element) => !element.hasAttribute("aria-current"));
    const marks = (element) => ["outlineStyle", "textDecorationLine", "borderBottomColor", "borderBottomStyle"].map((name) => style(element)[name]).join();
    if (other && marks(other) === marks(current)) say("no mark", current);
  }
  for (const element of document.querySelectorAll("body *")) {
    for (const place of ["::before", "::after"]) {
      const { content, display, backgroundColor, borderTopStyle } = getComputedStyle(element, place);
      if (content !== '""' || display === "none" || isClear(backgroundColor) || !isShown(element)) continue;
      if (borderTopStyle === "none" && backgroundColor === backdrop(element)) say(`nothing seen of its ${place}`, element);
    }
  }
  const back = document.activeElement;
  for (const target of document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")) {
    if (!target.checkVisibility({ visibilityProperty: true }) || target.tabIndex < 0 || target.disabled || target.type === "hidden") continue;
    const around = [target, target.closest("label, .card"), target.closest(".pick")?.querySelector(".btn")].filter(Boolean);
    document.activeElement?.blur();
    const before = around.map(ring);
    target.focus({ focusVisible: true });
    if (document.activeElement !== target) continue;
    if (!around.some((element, index) => ring(element) && ring(element) !== before[index])) say("no focus ring", target);
  }
  back?.focus();
  return found;
}

/** Whatever can be pressed does something without a script. */
export async function checkWithoutScripts(page) {
  assert.deepEqual(await page.evaluate(findDead), [], "without scripts");
}

/** Runs in the page. Controls that nothing but a script gives a meaning to, and forms that nobody can send and that do
 *  not say why. */
function findDead() {
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
  const say = (what) => (element) => `${what}: ${element.outerHTML.slice(0, 120)}`;
  const shown = (selector) => [...document.querySelectorAll(selector)].filter(isShown);
  return [
    ...shown("button[type=button]:not([popovertarget])").map(say("does nothing")),
    ...shown("a:not([href]), a[href=''], a[href='#'], a[href^='javascript:']").map(say("leads nowhere")),
    ...shown("button:not([type=button]), input[type=submit]").filter(({ form }) => !form).map(say("sends nothing")),
    ...shown("form").filter((form) => !form.querySelector("button[type=submit], noscript")).map(say("cannot be sent")),
    ...shown("input:not([type=hidden], .vh), select, textarea").filter(({ form }) => !form).map(say("is sent nowhere")),
    ...shown("[aria-busy=true], progress").map(say("waits for ever")),
  ];
}
