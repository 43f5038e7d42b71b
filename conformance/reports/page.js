"use strict";
const calls = [...document.querySelectorAll("details.call")];
if (calls.length > 1) {
  const find = document.createElement("input");
  find.type = "search";
  find.placeholder = "filter the calls";
  find.setAttribute("aria-label", "filter the calls");
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    for (const one of calls) one.hidden = !one.dataset.find.includes(wanted);
  });
  const all = document.createElement("button");
  all.type = "button";
  const label = () => { all.textContent = calls.every((one) => one.open) ? "close all" : "open all"; };
  all.addEventListener("click", () => {
    const open = !calls.every((one) => one.open);
    for (const one of calls) one.open = open;
    label();
  });
  label();
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.append(find, all);
  calls[0].before(tools);
}
