// Small comforts on every page. Each works on what it finds; without script the page does the same with a reload.
// Reads data-* hooks that templates/README.md lists. Uses htmx where the layout loads it.

const root = document.documentElement;
const TOAST_MS = 6000;

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

// Plus and minus around a number field. Without script the field alone does the work.
function startStepper(stepper) {
  const input = stepper.querySelector("input");
  const buttons = stepper.querySelectorAll("[data-step]");
  const refresh = () => {
    for (const button of buttons) {
      const next = Number(input.value) + Number(button.dataset.step);
      button.disabled = next < Number(input.min || 0) || next > Number(input.max || Infinity);
    }
  };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (Number(button.dataset.step) > 0) {
        input.stepUp();
      } else {
        input.stepDown();
      }
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  input.addEventListener("input", refresh);
  input.addEventListener("change", refresh);
  refresh();
}

// A form that says data-submit-on-change needs no click on its button, which then steps aside.
function startAutoSubmit(form) {
  form.querySelectorAll("[data-only-without-script]").forEach((button) => (button.hidden = true));
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

// The answer to such a form is a whole page; only the basket's count and the notices are taken from it.
function startAddToBasket(form) {
  form.setAttribute("hx-post", form.getAttribute("action"));
  form.setAttribute("hx-select", "#basket-link");
  form.setAttribute("hx-target", "#basket-link");
  form.setAttribute("hx-swap", "outerHTML");
  form.setAttribute("hx-select-oob", "#flashes");
  let pressed = null;
  form.addEventListener("submit", (event) => (pressed = event.submitter), { capture: true });
  // A button may stand outside its form; htmx would then forget what it says.
  form.addEventListener("htmx:configRequest", (event) => {
    if (pressed?.name) {
      event.detail.parameters[pressed.name] = pressed.value;
    }
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) {
      sendPlainly(form, pressed);
    }
  });
  window.htmx.process(form);
}

// form.submit() knows no button, so the button's word is put into the form first.
function sendPlainly(form, button) {
  if (button?.name) {
    const word = document.createElement("input");
    word.type = "hidden";
    word.name = button.name;
    word.value = button.value;
    form.append(word);
  }
  form.submit();
}

// A filter form with data-live renews the main part of the page and the address.
function startLiveFilter(form) {
  form.setAttribute("hx-get", form.getAttribute("action") || window.location.pathname);
  form.setAttribute("hx-trigger", "change, submit");
  form.setAttribute("hx-target", "#content");
  form.setAttribute("hx-select", "#content");
  form.setAttribute("hx-swap", "outerHTML");
  form.setAttribute("hx-push-url", "true");
  window.htmx.process(form);
}

// Notices fetched in the background stand above the page for a moment, wherever the reader has scrolled to.
function showToast() {
  const flashes = document.getElementById("flashes");
  flashes.classList.add("flashes-toast");
  setTimeout(() => {
    flashes.replaceChildren();
    flashes.classList.remove("flashes-toast");
  }, TOAST_MS);
}

const STARTERS = {
  "[data-text-size]": startTextSize,
  "[data-print]": startPrint,
  "details.menu": startMenu,
  "[data-stepper]": startStepper,
  "form[data-submit-on-change]": startAutoSubmit,
  "form[data-once]": startOnce,
};

const HTMX_STARTERS = {
  "form[data-add-to-basket]": startAddToBasket,
  "form[data-live]": startLiveFilter,
};

function startAll(element, starters) {
  for (const [selector, start] of Object.entries(starters)) {
    for (const found of element.querySelectorAll(`${selector}:not([data-started])`)) {
      found.dataset.started = "yes";
      start(found);
    }
  }
}

function startUnder(element) {
  startAll(element, STARTERS);
  if (window.htmx) {
    startAll(element, HTMX_STARTERS);
  }
}

startUnder(document);
document.addEventListener("htmx:afterSettle", (event) => {
  startUnder(document);
  if (event.target.id === "flashes") {
    showToast();
  }
});
