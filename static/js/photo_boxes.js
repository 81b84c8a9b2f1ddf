// Lets a checker draw a box over the photo; the drawn box fills the form's fields and is added.
(() => {
  "use strict";
  const form = document.querySelector("form[data-boxes]");
  const svg = form && form.querySelector(".photo-check svg");
  if (!svg) return;
  const add = form.querySelector("button[value=add]");
  let start = null;
  let rect = null;
  const at = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = point.matrixTransform(svg.getScreenCTM().inverse());
    const { width, height } = svg.viewBox.baseVal;
    return { x: Math.min(Math.max(x, 0), width), y: Math.min(Math.max(y, 0), height) };
  };
  const drawn = (end) => ({
    x: Math.round(Math.min(start.x, end.x)),
    y: Math.round(Math.min(start.y, end.y)),
    width: Math.round(Math.abs(end.x - start.x)),
    height: Math.round(Math.abs(end.y - start.y)),
  });
  const cancel = () => {
    if (rect) rect.remove();
    start = rect = null;
  };
  svg.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    start = at(event);
    rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.classList.add("drawing");
    svg.append(rect);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!start) return;
    for (const [name, value] of Object.entries(drawn(at(event)))) rect.setAttribute(name, value);
  });
  svg.addEventListener("pointercancel", cancel);
  svg.addEventListener("pointerup", (event) => {
    if (!start) return;
    const box = drawn(at(event));
    cancel();
    if (box.width < 8 || box.height < 8) return;
    form.elements.x.value = box.x;
    form.elements.y.value = box.y;
    form.elements.w.value = box.width;
    form.elements.h.value = box.height;
    form.requestSubmit(add);
  });
})();
