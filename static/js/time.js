// Times are written in UTC by the server and shown in the reader's own zone here;
// clocks that run down do so by the reader's clock, from the seconds the server gave.
"use strict";
{
  const SOON = 5 * 60;

  const dayAndTime = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
  const timeOnly = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const localize = (part) => {
    const moment = new Date(part.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    part.title = `${part.textContent.trim()} · your own time is shown`;
    const today = moment.toDateString() === new Date().toDateString();
    const style = part.dataset.local;
    if (style === "exact") part.textContent = exact.format(moment);
    else if (today && style === "short") part.textContent = `Today, ${timeOnly.format(moment)}`;
    else if (today && style === "until") part.textContent = timeOnly.format(moment);
    else part.textContent = dayAndTime.format(moment);
  };

  const two = (number) => String(number).padStart(2, "0");
  const words = (seconds) => {
    if (seconds <= 0) return "Expired";
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    return hours ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(seconds % 60)} s`;
  };

  const clocks = [];
  const title = document.title;

  const tick = () => {
    for (const clock of clocks) {
      const left = Math.max(0, Math.round((clock.until - Date.now()) / 1000));
      const state = left === 0 ? "over" : left <= SOON ? "soon" : "running";
      clock.text.textContent = left && clock.box !== clock.text ? `${words(left)} left` : words(left);
      if (clock.bar) clock.bar.value = left;
      if (clock.inTitle) document.title = `${left ? `${Math.ceil(left / 60)} min left` : "Expired"} · ${title}`;
      if (state !== clock.state) enter(clock, state);
    }
  };

  const enter = (clock, state) => {
    clock.box.dataset.state = state;
    clock.state = state;
    for (const part of document.querySelectorAll(`[data-when-clock="${state}"]`)) part.hidden = !clock.inTitle;
    for (const part of document.querySelectorAll("[data-when-clock]")) {
      if (clock.inTitle && part.dataset.whenClock !== state) part.hidden = true;
    }
  };

  const start = (box) => {
    const text = box.querySelector("[data-left]") || box;
    const bar = box.querySelector("progress");
    const until = Date.now() + Number(box.dataset.seconds) * 1000;
    clocks.push({ box, text, bar, until, inTitle: "inTitle" in box.dataset, state: "" });
  };

  document.querySelectorAll("time[data-local]").forEach(localize);
  // Called again when a part of the page was drawn anew: clocks of what is gone stop.
  const wind = () => {
    const going = clocks.filter((clock) => clock.box.isConnected);
    clocks.splice(0, clocks.length, ...going);
    const known = new Set(going.map((clock) => clock.box));
    for (const box of document.querySelectorAll("[data-seconds]")) if (!known.has(box)) start(box);
    tick();
  };

  document.addEventListener("daypass:clocks", wind);
  wind();
  setInterval(tick, 1000);
}
