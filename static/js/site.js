// Small comforts on every page. Each works on what it finds and leaves the rest alone.
import { startSteppers } from "./stepper.js";

const root = document.documentElement;

function startTextSize(button) {
  const show = () => button.setAttribute("aria-pressed", String(root.dataset.text === "large"));
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    if (root.dataset.text === "large") {
      delete root.dataset.text;
    } else {
      root.dataset.text = "large";
    }
    show();
    try {
      localStorage.setItem("text-size", root.dataset.text ?? "normal");
    } catch {
      // The size then lasts for this page only.
    }
  });
}

function startPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A menu closes when the reader presses Escape or turns elsewhere.
function startMenu(menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// A filter form with data-submit-on-change needs no click on its button.
function startAutoSubmit(form) {
  form.addEventListener("change", () => form.requestSubmit());
}

// Pressing a button twice must not send the form twice.
function startOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

document.querySelectorAll("[data-text-size]").forEach(startTextSize);
document.querySelectorAll("[data-print]").forEach(startPrint);
document.querySelectorAll("details.menu").forEach(startMenu);
document.querySelectorAll("form[data-submit-on-change]").forEach(startAutoSubmit);
document.querySelectorAll("form[data-once]").forEach(startOnce);
startSteppers(document);
