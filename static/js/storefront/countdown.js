// Counts the time that is left down to the second, in the room the page keeps for it.
// Without script the page says how many days are left, and until when.

const DAY = 86_400_000;
const TICK_MS = 1000;

function write(element, until) {
  const left = until - Date.now();
  if (left <= 0) {
    element.textContent = element.dataset.over;
    return false;
  }
  const days = Math.floor(left / DAY);
  const time = new Date(left % DAY).toISOString().slice(11, 19);
  const words = days > 0 ? element.dataset.words : element.dataset.short;
  element.textContent = words.replace("{d}", String(days)).replace("{t}", time);
  return true;
}

function start(element) {
  const until = Date.parse(element.dateTime);
  if (Number.isNaN(until) || !write(element, until)) {
    return;
  }
  const timer = setInterval(() => write(element, until) || clearInterval(timer), TICK_MS);
}

document.querySelectorAll("[data-countdown]").forEach(start);
