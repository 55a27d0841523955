// A category and its recipients speak for each other: who ticks one of them ticks it, too, and without any it is off.

for (const list of document.querySelectorAll("form.choices .box > details")) {
  const box = list.parentElement.querySelector("[name=category]");
  const vendors = [...list.querySelectorAll("[name=vendor]")];
  const any = () => vendors.some((vendor) => vendor.checked);
  // What somebody ticked already stays alone.
  const follow = () => (box.checked && any()) || vendors.forEach((vendor) => (vendor.checked = box.checked));
  // It was ticked before this script came.
  if (!box.defaultChecked) follow();
  box.addEventListener("change", follow);
  list.addEventListener("change", () => (box.checked = any()));
}
