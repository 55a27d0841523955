// Says how many characters are left, once most are used; before that nobody needs to know.

export function count(area) {
  const { longest, left, over } = area.dataset;
  const line = Object.assign(document.createElement("p"), { className: "hint", id: `${area.id}-count` });
  line.setAttribute("role", "status");
  area.after(line);
  let waiting;
  const say = () => {
    const room = longest - [...area.value.trim().replace(/\r\n/g, "\n")].length;
    const text = room < 0 ? over : room <= longest / 5 ? left : "";
    line.textContent = text.replace("{number}", Math.abs(room).toLocaleString(document.documentElement.lang));
  };
  // Whoever listens hears it after a pause, not after each letter.
  area.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(say, 500);
  });
  say();
}
