import { findElement, setText } from './element.ts';
import { formatTime, formatZonedTime, zoneOf } from './format.ts';
import { foldedSentence, healthSentence, healthTextOf, overflowSentence } from './state/health-texts.ts';
import type { Session } from './state/session.ts';

const STATE_TEXTS = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'No connection',
  paused: 'Paused',
  stopped: 'Stopped',
} as const;

/** The bar above the page with the banners below it: what is shown, and whether it can be believed. */
export class StateBar {
  readonly #session: Session;
  readonly #title = document.title;

  constructor(session: Session) {
    this.#session = session;
    for (const input of document.querySelectorAll<HTMLInputElement>('input[name=window]')) {
      input.checked = input.value === String(session.address.minutes);
      input.addEventListener('change', () => {
        session.changeWindow(input.value === '5' ? 5 : 15);
      });
    }
    findElement('pause').addEventListener('click', () => {
      session.togglePause();
    });
    findElement('all-panels').addEventListener('click', () => {
      session.change({ hasAllPanels: !session.address.hasAllPanels });
    });
    document.addEventListener('keydown', (event) => {
      this.#press(event);
    });
  }

  show(): void {
    const { address, isStopped, live, streamState, view } = this.#session;
    const isPaused = address.at !== undefined;
    const streamText = isStopped ? 'stopped' : streamState;
    const state = isPaused && streamState === 'live' ? 'paused' : streamText;
    const connection = findElement('connection');
    connection.dataset['state'] = state;
    setText(connection, STATE_TEXTS[state]);
    setText(findElement('pause'), isPaused ? 'Go on' : 'Pause');
    findElement('all-panels').setAttribute('aria-pressed', String(address.hasAllPanels));
    document.body.classList.toggle('stale', streamState === 'lost');
    if (view !== undefined) {
      const { from, pid, service, to } = view.snapshot;
      setText(findElement('service'), service);
      setText(findElement('process'), `pid ${String(pid)}`);
      setText(findElement('span'), `${formatTime(from)} – ${formatTime(to)} ${zoneOf(to)}`);
    }
    this.#showBanner(live?.snapshot.to);
    this.#showHealth();
  }

  showNotice(text: string): void {
    showLine('notice', text);
  }

  /** Says that what is seen is of the past. */
  #showBanner(lastSecond: number | undefined): void {
    const { isStopped, refusal, streamState } = this.#session;
    const since = lastSecond === undefined ? 'No data has come yet.' : `Last data: ${formatZonedTime(lastSecond)}.`;
    const what = refusal === '' ? 'No connection to the service.' : `The service refuses the page: ${refusal}`;
    const text = `${what} ${since} What you see is not of now; the page connects again by itself.`;
    // Its own banner says so.
    showLine('banner', streamState === 'lost' && !isStopped ? text : '');
  }

  #showHealth(): void {
    const snapshot = (this.#session.live ?? this.#session.view)?.snapshot;
    const isLost = this.#session.streamState === 'lost' && !this.#session.isStopped;
    const isWell = snapshot === undefined || snapshot.health.state === 'ok';
    const banner = findElement('health');
    // Whose state nobody knows is not told.
    showLine('health', isWell || isLost ? '' : `Delivery: ${healthSentence(snapshot.health)}`);
    if (snapshot !== undefined) banner.dataset['state'] = snapshot.health.state;
    showLine('overflow', snapshot === undefined || isLost ? '' : overflowSentence(snapshot.health));
    showLine('folded', snapshot === undefined || isLost ? '' : foldedSentence(snapshot.folded));
    document.title = this.#titleOf(isLost);
  }

  #titleOf(isLost: boolean): string {
    const snapshot = (this.#session.live ?? this.#session.view)?.snapshot;
    const name = snapshot === undefined ? this.#title : `${snapshot.service} monitoring`;
    if (isLost) return `✕ No connection · ${name}`;
    if (snapshot === undefined || snapshot.health.state === 'ok') return name;
    return `⚠ ${healthTextOf(snapshot.health).word} · ${name}`;
  }

  #press(event: KeyboardEvent): void {
    // A space on something that takes one is its own.
    if (event.key === ' ' && event.target === document.body) {
      event.preventDefault();
      this.#session.togglePause();
    }
    const isInDialog = document.querySelector('dialog[open]') !== null;
    if (event.key === 'Escape' && !isInDialog && this.#session.address.from !== undefined) this.#session.resume();
  }
}

function showLine(id: string, text: string): void {
  const line = findElement(id);
  line.hidden = text === '';
  setText(line, text);
}
