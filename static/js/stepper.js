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

/** Brings every stepper under `root` to life once. */
export function startSteppers(root) {
  for (const stepper of root.querySelectorAll("[data-stepper]:not([data-started])")) {
    stepper.dataset.started = "yes";
    startStepper(stepper);
  }
}
