// Says how many characters are left, once most are used; before that nobody needs to know. What is too long stays here.

// How many are left. A character beyond the basic plane is one, as the site counts it.
export function room(area) {
  const text = area.value.trim();
  return area.dataset.longest - text.length + (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0);
}

const counted = new WeakSet();

export function count({ form }) {
  if (counted.has(form)) return;
  counted.add(form);
  const areas = [...form.querySelectorAll("[data-longest]")].map((area) => ({ area, refuse: follow(area) }));
  // What would be refused for its length need not leave, and so is not lost on the way. A button that takes the words
  // along to another look or language is let through.
  form.addEventListener("submit", (event) => {
    const first = event.submitter?.hasAttribute("formaction") ? null : areas.find(({ area }) => room(area) < 0);
    if (!first) return;
    event.preventDefault();
    first.refuse();
  });
}

function follow(area) {
  const { left, over } = area.dataset;
  const line = Object.assign(document.createElement("p"), { className: "hint", id: `${area.id}-count` });
  line.setAttribute("role", "status");
  area.after(line);
  const [invalid, described] = ["aria-invalid", "aria-describedby"].map((name) => area.getAttribute(name));
  const mark = (name, value) => (value ? area.setAttribute(name, value) : area.removeAttribute(name));
  let waiting;
  const say = () => {
    const rest = room(area);
    const text = (rest < 0 ? over : rest <= area.dataset.longest / 5 ? left : "").replace(
      "{number}",
      Math.abs(rest).toLocaleString(document.documentElement.lang),
    );
    if (line.textContent !== text) line.textContent = text;
    if (rest < 0 || line.className === "hint") return;
    line.className = "hint";
    mark("aria-invalid", invalid);
    mark("aria-describedby", described);
  };
  // Whoever listens hears it after a pause, not after each letter; what was refused and fits is no error at once.
  area.addEventListener("input", () => {
    clearTimeout(waiting);
    if (line.className === "error" && room(area) >= 0) say();
    else waiting = setTimeout(say, 500);
  });
  say();
  // The field itself says why it was refused, as its focus is heard; the line alone has been said before.
  return () => {
    say();
    line.className = "error";
    mark("aria-invalid", "true");
    mark("aria-describedby", [described, line.id].filter(Boolean).join(" "));
    area.focus();
  };
}
