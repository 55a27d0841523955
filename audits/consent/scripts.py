"""What is measured inside a page. Each runs at once, so that it also runs where the page's own scripts do not."""

# [place, refusal, acceptance] for every pair of answers. Contrast is WCAG's ratio; colours are drawn to be read,
# since what the style says may be in any colour space.
ANSWERS = """(pair) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })
  const drawn = (colours) => {
    canvas.clearRect(0, 0, 1, 1)
    colours.forEach((colour) => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1) })
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  }
  const light = (colours) => { const [r, g, b] = drawn(colours); return .2126 * r + .7152 * g + .0722 * b }
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x)
    return (a + .05) / (b + .05)
  }
  const grounds = (e) => e ? [...grounds(e.parentElement), getComputedStyle(e).backgroundColor] : ["Canvas"]
  const told = (button) => {
    const style = getComputedStyle(button), box = button.getBoundingClientRect()
    const around = grounds(button.parentElement), ground = grounds(button)
    const had = document.activeElement
    button.focus({ preventScroll: true, focusVisible: true })
    const outline = getComputedStyle(button)
    const hasOutline = outline.outlineStyle !== "none" && parseFloat(outline.outlineWidth) >= 2
    button.blur()
    had?.focus({ preventScroll: true })
    return {
      kind: `${button.localName} ${button.type}`,
      font: [style.fontFamily, style.fontSize, style.fontWeight, style.fontStyle, style.letterSpacing,
        style.textTransform, style.textDecorationLine, style.opacity].join(" "),
      width: box.width, height: box.height, hasOutline,
      isWhole: box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth,
      text: contrast([...ground, style.color], ground),
      edge: parseFloat(style.borderTopWidth) ? contrast([...around, style.borderTopColor], around) : 1,
      ground: contrast(ground, around),
    }
  }
  return [...document.querySelectorAll(pair)].map((place) => [
    place.closest("#site-choices") ? "the bar" : "the preference centre",
    told(place.querySelector("[data-choice=reject]")), told(place.querySelector("[data-choice=accept]"))])
}"""

# How many pixels the page is wider than the window.
NARROW = "document.documentElement.scrollWidth - innerWidth"

# What makes a wall of a bar: modality, a locked scroll, something over the page; and whether there is a way back.
DIALOG = """() => {
  const bar = document.querySelector("#site-choices"), wrong = []
  if (!document.querySelector("footer form [data-choice=withdraw]")) wrong.push("nothing takes a consent back")
  if (!document.querySelector("footer a[data-open=choices]")) wrong.push("nothing leads to the choices")
  if (document.querySelector("#site-choices input[type=checkbox]:checked")) wrong.push("a box is ticked beforehand")
  if (document.querySelector("dialog[open], [aria-modal=true], body > [inert], main[inert]")) wrong.push("there is a modal dialogue")
  for (const part of [document.documentElement, document.body])
    if (["hidden", "clip"].includes(getComputedStyle(part).overflowY)) wrong.push("the page cannot be scrolled")
  const top = document.elementFromPoint(innerWidth / 2, Math.min(60, innerHeight / 4))
  if (bar && getComputedStyle(bar).position !== "static" && (!top || top.closest("#site-choices"))) wrong.push("the bar lies over the top of the page")
  if (bar && bar.getBoundingClientRect().height > .7 * innerHeight + 1) wrong.push("the bar takes most of the window")
  return wrong
}"""

# [name, width, height] of everything in the bar and of the two ways back in the footer. A box is hit by its label too.
TARGETS = """() => [...document.querySelectorAll(
  "#site-choices :is(button, summary, a, input:not([type=hidden])), footer :is([data-open], [data-choice])")]
  .filter((e) => e.checkVisibility())
  .map((e) => {
    const boxes = [e, ...(e.labels ?? [])].map((part) => part.getBoundingClientRect())
    const side = (from, to) => Math.max(...boxes.map((b) => b[to])) - Math.min(...boxes.map((b) => b[from]))
    return [e.innerText || e.value, side("left", "right"), side("top", "bottom")]
  })"""

# What the bar covers while it has the focus, wholly or in part: everything is given the focus once.
COVERED = """() => {
  const bar = document.querySelector("#site-choices"), wrong = []
  if (!bar) return wrong
  scrollTo(0, 0)
  for (const e of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")) {
    if (bar.contains(e) || !e.checkVisibility()) continue
    e.focus()
    if (document.activeElement !== e) continue
    const one = e.getBoundingClientRect(), other = bar.getBoundingClientRect()
    const isOver = one.bottom > other.top + 1 && one.top < other.bottom && one.right > other.left && one.left < other.right
    if (isOver && getComputedStyle(bar).position !== "static") wrong.push(`the bar covers ${e.outerHTML.slice(0, 90)}`)
  }
  document.activeElement.blur()
  return wrong
}"""

# What still moves.
MOVING = """() => [
  ...document.getAnimations().map((each) => `${each.animationName ?? each.transitionProperty} runs`),
  ...[...document.querySelectorAll("#site-choices, #site-choices *")]
    .filter((e) => getComputedStyle(e).transitionDuration.split(",").some((d) => parseFloat(d) > .01))
    .map((e) => `${e.localName} has a transition`),
]"""
