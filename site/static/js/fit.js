// A frame of ours becomes as high as what it shows, so that nothing of it is cut, up to the height that it names; beyond
// that it scrolls. Without it the page says about how high that is, and the frame scrolls.

export function fit(frame) {
  const measure = () => {
    const shown = frame.contentDocument?.documentElement;
    if (!shown || frame.contentDocument.URL === "about:blank") return;
    const edges = frame.offsetHeight - frame.clientHeight;
    const whole = Math.ceil(shown.getBoundingClientRect().height) + edges;
    frame.style.blockSize = `${Math.min(whole, frame.dataset.fit)}px`;
  };
  frame.addEventListener("load", measure);
  // Narrower, its lines break elsewhere.
  new ResizeObserver(measure).observe(frame);
}
