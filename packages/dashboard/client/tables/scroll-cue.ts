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
      this.measure()();
    });
  }

  /**
   * Looks where the rows are, which has the page laid out.
   *
   * @returns a function that shows it: to be called when all others have looked, too
   */
  measure(): () => void {
    const hidden = this.#countBelow();
    return () => {
      this.element.hidden = hidden === 0;
      if (hidden > 0) setText(this.element, `${String(hidden)} more below ↓`);
    };
  }

  #countBelow(): number {
    const { clientHeight, scrollHeight, scrollTop } = this.#scroll;
    const below = scrollHeight - scrollTop - clientHeight;
    // All rows of a table have the same height; cards nearly.
    const rowHeight = this.#scroll.querySelector<HTMLElement>('tbody tr')?.offsetHeight ?? 0;
    return rowHeight === 0 ? 0 : Math.round(below / rowHeight);
  }
}
