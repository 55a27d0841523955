// Keeps the figures of something that goes on up to date. Without it a link looks again. `data-live` is where the
// section is to be had by itself.

const PAUSE = 2000;

export function follow(section) {
  const look = async () => {
    try {
      const response = await fetch(section.dataset.live, { redirect: "error" });
      if (!response.ok) throw new Error(response.status);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById(section.id);
      // It has come to another state: what may be done with it is another, too.
      if (fresh?.dataset.state !== section.dataset.state) return location.reload();
      if (!section.contains(document.activeElement)) section.replaceChildren(...fresh.childNodes);
    } catch {
      // The site does not answer just now; it is asked again.
    }
    setTimeout(look, PAUSE);
  };
  setTimeout(look, PAUSE);
}
