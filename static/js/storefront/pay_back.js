// Asks in silence whether the payment was confirmed, and goes on to the order when it was.
const waiting = document.querySelector("[data-waiting]");

async function ask() {
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected) {
    window.location.replace(answer.url);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-waiting]")?.dataset.waiting;
  if (now && now !== waiting.dataset.waiting) {
    window.location.reload();
  }
}

if (waiting) {
  // A line that is away for a moment is asked again at the next turn.
  setInterval(() => ask().catch(() => {}), Number(waiting.dataset.every) * 1000);
}
