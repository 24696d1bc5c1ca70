import { formatTime } from '../format.ts';
import type { Moment } from '../state/view-state.ts';

/** What the keys of a chart do. */
export interface KeysListener {
  readonly onMove: (second: number) => void;
  readonly onZoom: (from: number, to: number) => void;
  readonly onAnnounce: (text: string) => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -60, PageDown: 60 };

/** Walks through the seconds of a chart by arrow keys; with Shift it chooses some of them, which Enter shows alone. */
export class Keys {
  moments: readonly Moment[] = [];
  readonly #listener: KeysListener;
  #second: number | undefined;
  #chosenFrom: number | undefined;

  constructor(host: HTMLElement, listener: KeysListener) {
    this.#listener = listener;
    host.addEventListener('keydown', (event) => {
      this.#press(event);
    });
    host.addEventListener('blur', () => {
      this.#chosenFrom = undefined;
    });
  }

  #press(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#move(step, event.shiftKey);
    } else if (event.key === 'Enter') this.#zoom();
  }

  #move(step: number, isChoosing: boolean): void {
    const first = this.moments[0]?.second;
    const last = this.moments.at(-1)?.second;
    if (first === undefined || last === undefined) return;
    const before = Math.min(Math.max(this.#second ?? last, first), last);
    this.#chosenFrom = isChoosing ? (this.#chosenFrom ?? before) : undefined;
    this.#second = Math.min(Math.max(before + step, first), last);
    this.#listener.onMove(this.#second);
    if (this.#chosenFrom !== undefined) {
      const [from, to] = [this.#chosenFrom, this.#second].sort((a, b) => a - b);
      this.#listener.onAnnounce(`${formatTime(from ?? 0)} to ${formatTime(to ?? 0)}; Enter shows these seconds alone`);
    }
  }

  #zoom(): void {
    if (this.#chosenFrom === undefined || this.#second === undefined) return;
    const [from = 0, to = 0] = [this.#chosenFrom, this.#second].sort((a, b) => a - b);
    this.#chosenFrom = undefined;
    this.#listener.onZoom(from, to);
  }
}
