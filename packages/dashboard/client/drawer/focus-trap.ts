const FOCUSABLE = 'a[href], button, input, [tabindex="0"]';

/**
 * Keeps the Tab key in a dialog: from its last control it goes on with the first. A modal dialog would let it out into the
 * browser's own controls.
 */
export function trapFocus(dialog: HTMLDialogElement): void {
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab') return;
    const controls = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
      (control) => control.tabIndex >= 0 && control.getClientRects().length > 0,
    );
    const [first, last] = [controls[0], controls.at(-1)];
    const { activeElement } = document;
    if (event.shiftKey && (activeElement === first || activeElement === dialog)) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && activeElement === last) {
      event.preventDefault();
      first?.focus();
    }
  });
}
