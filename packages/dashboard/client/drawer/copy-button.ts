import { createElement } from '../element.ts';

const SHOWN_MS = 1500;

/** A button that copies a text. @param what - what is copied, for who cannot see what stands beside it */
export function createCopyButton(text: string, what: string): HTMLButtonElement {
  const button = createElement('button', {
    class: 'copy',
    text: 'Copy',
    attributes: { type: 'button', 'aria-label': `Copy ${what}` },
  });
  button.addEventListener('click', () => {
    void copy(text).then((isDone) => {
      button.textContent = isDone ? 'Copied' : 'Not copied';
      window.setTimeout(() => (button.textContent = 'Copy'), SHOWN_MS);
    });
  });
  return button;
}

/** Browsers give the clipboard to secure pages only: elsewhere the text is selected and copied as by hand. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = createElement('textarea', { class: 'unseen', attributes: { readonly: '', tabindex: '-1' } });
  field.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  const focused = document.activeElement;
  field.select();
  try {
    // Deprecated, and all that there is where the page came over plain HTTP.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
