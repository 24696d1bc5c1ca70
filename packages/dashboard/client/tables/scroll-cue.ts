import { createElement, setText } from '../element.ts';

/** Says how many rows of what scrolls are out of sight, and shows them. */
export class ScrollCue {
  readonly element = createElement('button', { class: 'cue', attributes: { type: 'button', tabindex: '-1' } });
  readonly #scroll: HTMLElement;

  constructor(scroll: HTMLElement) {
    this.#scroll = scroll;
    this.element.hidden = true;
    this.element.setAttribute('aria-hidden', 'true');
    this.element.addEventListener('click', () => {
      scroll.scrollBy({ top: scroll.clientHeight / 2, behavior: 'smooth' });
    });
    scroll.addEventListener('scroll', () => {
      this.show();
    });
  }

  show(): void {
    const hidden = this.#countBelow();
    this.element.hidden = hidden === 0;
    if (hidden > 0) setText(this.element, `${String(hidden)} more below ↓`);
  }

  #countBelow(): number {
    const { clientHeight, scrollHeight, scrollTop } = this.#scroll;
    if (scrollHeight - scrollTop - clientHeight < 4) return 0;
    const rows = [...this.#scroll.querySelectorAll<HTMLElement>('tbody tr')];
    const bottom = this.#scroll.getBoundingClientRect().bottom;
    // Rows are in order: from the end on, the first that is seen has all before it.
    const seen = rows.findLastIndex((row) => row.getBoundingClientRect().top < bottom - row.clientHeight / 2);
    return rows.length - 1 - seen;
  }
}
